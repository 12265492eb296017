// A mount that the service manager kept when both its processes had died (service_manager.h).
#pragma once

#include <string>

#include "fs/role.h"

namespace lockfs {

// Why nobody can go on with it on this mount point; empty if it can be done. `kept` must hold both
// descriptors.
std::string why_unusable(const Holdings& kept, const std::string& mount_point);

// Whether a process that did not end after all still serves it.
bool is_served(const Holdings& kept);

}  // namespace lockfs
