// The state of single locks, from the JSON of a mount. Reads the mount; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/lock_state.h"

namespace lockfs {

// Nothing if there is no such lock, or it cannot be read.
std::optional<LockState> read_lock(const std::string& mount, const std::string& name);

// Those that can be read.
std::vector<LockState> read_locks(const std::string& mount, const std::vector<std::string>& names);

}  // namespace lockfs
