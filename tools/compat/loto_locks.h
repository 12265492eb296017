// Which files loto locks. Looks at the mounts and at folders; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/failure.h"

namespace lockfs::compat {

// A file to lock, and if it is one of a lockfs mount which.
struct LotoFile {
  std::string path;
  std::string mount;  // empty: some other file
  std::string name;   // on the mount
};

// `typed` is a path, or a bare resource: that lock on the mount if there is one, else the
// original's /var/lock/loto.RESOURCE. `mount` is loto_mount()'s.
bool is_resource(const std::string& typed);
Result<LotoFile> loto_file(const std::string& typed, const std::optional<std::string>& mount);

// The one file that stands for all of them; nothing if no mount has them all.
std::optional<LotoFile> all_of(const std::vector<LotoFile>& files);

// The mount for bare resources: LOCKFS_MOUNT, else the only one; nothing if there is none.
Result<std::optional<std::string>> loto_mount();

}  // namespace lockfs::compat
