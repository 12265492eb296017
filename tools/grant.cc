#include "tools/grant.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "core/expression.h"
#include "tools/files.h"
#include "tools/lock_files.h"

namespace lockfs {
namespace {

// A unit that this process or an ancestor of it holds.
struct OwnUnit {
  std::string lock;
  std::string unit;
};

std::vector<OwnUnit> read_own_units(const LockFile& lock) {
  std::vector<OwnUnit> units;
  std::istringstream lines(read_file(lock.mount + "/.mine/" + lock.name).value_or(""));
  for (std::string line; std::getline(lines, line);) {
    const auto blank = valid_name(lock.name) ? std::string::npos : line.find(' ');
    if (blank == std::string::npos) {
      units.push_back({lock.name, line});
    } else {
      units.push_back({line.substr(0, blank), line.substr(blank + 1)});
    }
  }
  return units;
}

// A hold of such a unit, whoever's it is.
struct Found {
  OwnUnit unit;
  std::uint64_t token = 0;
  std::optional<std::int64_t> pid;
  std::int64_t uid = 0;
};

void find_holds(const LockState& lock, const OwnUnit& own, std::vector<Found>& found) {
  for (const auto& unit : lock.units) {
    if (unit.name != own.unit) continue;
    for (const auto& holder : unit.holders) {
      if (holder.via == "flock") found.push_back({own, holder.token, holder.pid, holder.uid});
    }
  }
}

// Ours: not an ancestor's, nor that of somebody who shares the unit. In a container the mount knows
// this process by another number; there a hold is ours if it is the only one that can be.
std::vector<Found> pick_ours(const std::vector<Found>& found) {
  std::vector<Found> ours;
  for (const auto& hold : found) {
    if (hold.pid == ::getpid()) ours.push_back(hold);
  }
  if (!ours.empty()) return ours;
  const bool only_one = std::all_of(found.begin(), found.end(), [&](const Found& hold) {
    return hold.token == found.front().token && hold.uid == ::getuid();
  });
  return only_one ? found : ours;
}

// Those of the one grant that has the largest token.
std::optional<OwnGrant> latest(const std::vector<Found>& found, bool with_names) {
  std::optional<OwnGrant> grant;
  for (const auto& hold : found) {
    if (grant && hold.token < grant->token) continue;
    if (!grant || hold.token > grant->token) grant = OwnGrant{hold.token, ""};
    if (!grant->units.empty()) grant->units += with_names ? "\n" : " ";
    grant->units += (with_names ? hold.unit.lock + " " : "") + hold.unit.unit;
  }
  return grant;
}

}  // namespace

Result<OwnGrant> read_grant(const LockFile& lock) {
  const auto own = read_own_units(lock);
  std::map<std::string, std::optional<LockState>> locks;
  std::vector<Found> found;
  for (const auto& unit : own) {
    const auto [lock_of, is_new] = locks.try_emplace(unit.lock);
    if (is_new) lock_of->second = read_lock(lock.mount, unit.lock);
    if (lock_of->second) find_holds(*lock_of->second, unit, found);
  }
  auto grant = latest(pick_ours(found), !valid_name(lock.name));
  if (grant) return std::move(*grant);
  return failure(exit_status::unavailable, lock.mount + " does not show what process " +
                                               std::to_string(::getpid()) + " got of " +
                                               lock.typed + "; the command was not run");
}

}  // namespace lockfs
