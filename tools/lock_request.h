// The one file that stands for all the expressions of a command line. Reads /proc; any thread.
#pragma once

#include <string>
#include <vector>

#include "tools/mount.h"

namespace lockfs {

// Several are one request, all or nothing: `a b` is `a+b`; of any-of ones each combination is an
// alternative, in their order: `a,b c` is `a+c,b+c`.
Result<LockFile> find_request(const std::vector<std::string>& typed,
                              const std::string& asked_mount);

// The names of the locks in it, each once.
std::vector<std::string> lock_names(const LockFile& request);

}  // namespace lockfs
