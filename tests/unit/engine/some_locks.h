// Locks as the tests' policies need them, in few words.
#pragma once

#include <string>
#include <vector>

#include "core/policy.h"

namespace lockfs {

LockSpec named_lock(const std::string& name);
LockSpec board(const std::string& name, std::vector<std::string> units);

}  // namespace lockfs
