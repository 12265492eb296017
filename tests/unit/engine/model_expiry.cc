// Holds that last too long, in the model: every hold is looked at, at every event.
#include "tests/unit/engine/model.h"

namespace lockfs::model {

// The first one that has not passed; 0 if there is none.
WallTime Model::next_deadline(const Claim& hold) const {
  WallTime next = 0;
  for (const auto& got : hold.got) {
    const WallTime deadline = hold.since + locks_.at(got.lock).max_hold;
    if (locks_.at(got.lock).max_hold == 0 || deadline <= hold.passed) continue;
    if (next == 0 || deadline < next) next = deadline;
  }
  return next;
}

// The earliest first.
void Model::pass_deadlines() {
  for (;;) {
    Claim* due = nullptr;
    for (auto& claim : claims_) {  // in the order of their tickets
      const WallTime deadline = claim.token == 0 ? 0 : next_deadline(claim);
      if (deadline == 0 || deadline > now_) continue;
      if (due == nullptr || deadline < next_deadline(*due)) due = &claim;
    }
    if (due == nullptr) return;
    due->passed = next_deadline(*due);
    for (const auto& got : due->got) {
      const Lock& lock = locks_.at(got.lock);
      const bool breaks = lock.max_hold != 0 && lock.on_expiry == OnExpiry::break_hold;
      if (!breaks || due->since + lock.max_hold != due->passed) continue;
      break_long(*due, got.lock);
      break;
    }
  }
}

void Model::break_long(const Claim& hold, const std::string& name) {
  const auto limit = std::chrono::seconds(locks_.at(name).max_hold / 1'000'000'000);
  const Mark why{0, now_, "held longer than " + duration_text(limit)};
  for (const auto handle : hold.handles) handles_.at(handle).broken = why;
  let_go(hold);
}

// Who has held this too long and keeps somebody waiting: the one who got it first.
Claim* Model::to_yield(const std::string& name) {
  const Lock& lock = locks_.at(name);
  Claim* first = nullptr;
  if (lock.max_hold == 0 || lock.on_expiry != OnExpiry::yield) return first;
  for (auto& claim : claims_) {
    if (claim.token == 0 || claim.since + lock.max_hold > claim.passed) continue;
    for (const auto& got : claim.got) {
      if (got.lock != name || !is_wanted(claim, got)) continue;
      if (first == nullptr || claim.since < first->since) first = &claim;
    }
  }
  return first;
}

// Lets one hold go that is to; false if none is.
bool Model::end_yielding() {
  std::map<NodeId, std::string> names;
  for (const auto& [name, lock] : locks_) names[lock.node] = name;
  for (const auto& [node, name] : names) {
    Claim* hold = to_yield(name);
    if (hold == nullptr) continue;
    break_long(*hold, name);
    return true;
  }
  return false;
}

}  // namespace lockfs::model
