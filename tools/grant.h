// What this process was granted, read back from the mount.
#pragma once

#include <cstdint>
#include <string>

#include "tools/mount.h"

namespace lockfs {

struct OwnGrant {
  std::uint64_t token = 0;
  // Of a plain name the units, separated by blanks; of an expression lines, each the lock's name, a
  // blank and the unit, as in .mine/EXPR.
  std::string units;
};

// The latest grant of this process. A command that is to use a board must not run without knowing
// which one it got, so it is a failure if the mount does not show it.
Result<OwnGrant> read_grant(const LockFile& lock);

}  // namespace lockfs
