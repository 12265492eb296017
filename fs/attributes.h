// What stat(2) says of each of our files.
#pragma once

#include <sys/stat.h>

#include <cstddef>

#include "core/lock.h"

namespace lockfs {

// Owner root (of a user's own mount: that user), the board's first group, mode 0664 or 0666, the
// time of the last grant.
struct stat lock_attributes(const Lock& lock);
struct stat expression_attributes(NodeId node, WallTime now);
struct stat folder_attributes(NodeId node, WallTime now);
struct stat view_attributes(NodeId node, std::size_t size, WallTime now);

}  // namespace lockfs
