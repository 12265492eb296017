#include "tools/lock_files.h"

#include "tools/files.h"

namespace lockfs {

std::optional<LockState> read_lock(const std::string& mount, const std::string& name) {
  const auto text = read_file(mount + "/.json/" + name);
  return text ? read_lock_state(*text) : std::nullopt;
}

std::vector<LockState> read_locks(const std::string& mount, const std::vector<std::string>& names) {
  std::vector<LockState> locks;
  for (const auto& name : names) {
    if (auto lock = read_lock(mount, name)) locks.push_back(std::move(*lock));
  }
  return locks;
}

}  // namespace lockfs
