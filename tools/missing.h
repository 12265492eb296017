// What of an expression is not on the mount. Reads the mount; any thread.
#pragma once

#include <string>

#include "tools/mount.h"

namespace lockfs {

// Opening the expression's file failed with ENOENT: a sentence that says which lock or unit it was.
std::string explain_missing(const LockFile& lock);

}  // namespace lockfs
