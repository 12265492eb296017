// Making the mount. Its descriptor outlives the processes that serve it (session.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fs/descriptor.h"
#include "fs/raw_request.h"

namespace lockfs {

struct MountSettings {
  std::string mount_point;
  std::vector<std::string> options;  // for the kernel or fusermount3, as after -o
  bool make_mount_point = false;
  bool debug = false;  // libfuse shows every request
};

// A mount that nobody serves yet.
struct Mounted {
  Descriptor fuse;
  RawRequest fuse_init;  // what the kernel said first
};

// Mounts and answers the kernel's FUSE_INIT. Nothing, and `error` says why in a sentence, if that
// fails. For tests: with LOCKFS_OLD_KERNEL in the environment the kernel is taken for one that
// sends nothing again.
std::optional<Mounted> mount(const MountSettings& settings, std::string& error);

}  // namespace lockfs
