// The one description of the state, from which every view is rendered: tables, JSON, .mine.
//
// A value: taken on the loop's thread, filled in (user names, processes) and rendered on another.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/claim.h"
#include "core/engine.h"
#include "core/policy.h"

namespace lockfs {

// A holder or waiter. `user`, `pid` and `command` are known outside only: whoever renders fills
// them.
struct ClaimView {
  Mode mode = Mode::exclusive;
  Via via = Via::flock;
  Client client;
  Asker asker;
  WallTime since = 0;
  Token token = 0;
  std::string user;
  pid_t pid = 0;
  std::string command;
};

struct UnitView {
  std::string name;
  bool retired = false;
  WallTime since = 0;
  std::vector<ClaimView> holders;
};

struct LockView {
  std::string name;
  LockKind kind = LockKind::dynamic;
  std::string description;
  bool retired = false;  // taken out of the configuration
  std::vector<UnitView> units;
  std::vector<ClaimView> waiters;  // in the order in which they will be served
};

struct Description {
  std::vector<LockView> locks;
};

// Of every lock, in the order of the configuration; dynamic ones follow as they were made.
Description describe(const Engine& engine);
LockView describe(const Lock& lock);
ClaimView describe(const Claim& claim, Mode mode);

// Calls visit(ClaimView&) for everybody in the description.
template <class Visit>
void for_each_claim(Description& description, Visit visit) {
  for (auto& lock : description.locks) {
    for (auto& unit : lock.units) {
      for (auto& holder : unit.holders) visit(holder);
    }
    for (auto& waiter : lock.waiters) visit(waiter);
  }
}

}  // namespace lockfs
