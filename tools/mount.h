// Which mount a command is about, and which lock on it.
//
// The mount is what was asked for (--mount, LOCKFS_MOUNT), else the one lockfs mount there is. A
// lock is a name, or the path of its file on any lockfs mount. Reads /proc; any thread.
#pragma once

#include <string>
#include <vector>

#include "tools/failure.h"

namespace lockfs {

// The one of `mounts` to use when none was asked for.
Result<std::string> only_mount(const std::vector<std::string>& mounts);

// `asked` is --mount's value; empty: look further.
Result<std::string> find_mount(const std::string& asked);

struct LockFile {
  std::string typed;  // as the user wrote it, for messages
  std::string mount;
  std::string name;

  std::string path() const { return mount + "/" + name; }
  std::string json_path() const { return mount + "/.json/" + name; }
};

Result<LockFile> find_lock(const std::string& typed, const std::string& asked_mount);

}  // namespace lockfs
