// The engine's holds that last longer than their lock's `max_hold`, counted from the grant: one is
// told of, or broken, or broken once somebody waits for it. Each lock of a set has its own say.
//
// A claim's `deadline` is the next moment at which it will have lasted too long for one of its
// locks; those before it are passed. So it is known without a clock, and stays so if that is set
// back, for which locks a hold has lasted too long.
#include <algorithm>
#include <limits>
#include <utility>

#include "core/engine.h"

namespace lockfs {
namespace {

constexpr WallTime second = 1'000'000'000;

std::string too_long(const Lock& lock) {
  return "held longer than " + duration_text(std::chrono::seconds(lock.max_hold / second));
}

// A journal may say anything.
WallTime deadline_of(const Claim& hold, const Lock& lock) {
  WallTime deadline = 0;
  const bool beyond = __builtin_add_overflow(hold.since, lock.max_hold, &deadline);
  return beyond ? std::numeric_limits<WallTime>::max() : deadline;
}

bool has_passed(const Claim& hold, const Lock& lock) {
  return hold.deadline == 0 || deadline_of(hold, lock) < hold.deadline;
}

}  // namespace

std::optional<WallTime> Engine::next_deadline() const {
  const auto remote = remotes_.next_deadline();
  const auto hold = deadlines_.next();
  return remote && hold ? std::min(remote, hold) : std::max(remote, hold);
}

// 0 if there is none.
WallTime Engine::first_deadline(const Claim& hold, WallTime after) {
  WallTime first = 0;
  for (const Grant& grant : hold.grants) {
    if (grant.lock->max_hold == 0) continue;
    const WallTime deadline = deadline_of(hold, *grant.lock);
    if (deadline > after && (first == 0 || deadline < first)) first = deadline;
  }
  return first;
}

void Engine::set_deadline(Claim& hold, WallTime after) {
  const WallTime deadline = first_deadline(hold, after);
  if (deadline != hold.deadline) deadlines_.set(hold, deadline);
}

// Those that are due. Nobody is let in yet: who asks for the lock just now is answered first.
void Engine::pass_deadlines() {
  for (Claim* hold = deadlines_.due(now_); hold != nullptr; hold = deadlines_.due(now_)) {
    pass_deadline(*hold);
  }
}

void Engine::pass_deadline(Claim& hold) {
  const WallTime deadline = hold.deadline;
  for (const Grant& grant : hold.grants) {
    const Lock& lock = *grant.lock;
    if (lock.max_hold == 0 || deadline_of(hold, lock) != deadline) continue;
    if (lock.on_expiry == OnExpiry::break_hold) return break_long_hold(hold, lock);
    if (lock.on_expiry == OnExpiry::yield) yielding_.insert(grant.lock);
    if (lock.on_expiry != OnExpiry::warn || std::exchange(hold.overdue, true)) continue;
    notice(NoticeKind::overdue, hold, hold.since).words = effects_->keep(too_long(lock));
  }
  set_deadline(hold, deadline);
}

// One after the other, for who is let in may wait for less than before.
void Engine::end_long_holds() {
  pass_deadlines();  // those that a reload has brought forward
  settle();
  while (!yielding_.empty()) {
    Lock& lock = **yielding_.begin();
    Claim* hold = first_to_yield(lock);
    if (hold == nullptr) {
      yielding_.erase(&lock);
      continue;
    }
    break_long_hold(*hold, lock);
    settle();
  }
}

// Of those who have held this lock too long and keep somebody waiting the one who got it first.
// nullptr if there is none.
Claim* Engine::first_to_yield(const Lock& lock) {
  if (!lock.yields() || (lock.line.empty() && lock.picked.empty())) return nullptr;
  Claim* first = nullptr;
  const auto before = [](const Claim& a, const Claim& b) {
    return std::pair(a.since, a.ticket) < std::pair(b.since, b.ticket);
  };
  for (const auto& unit : lock.pool.units()) {
    for (const auto* grant = unit->holders.first(); grant != nullptr;
         grant = decltype(unit->holders)::after(*grant)) {
      Claim& hold = *grant->claim;
      if (!has_passed(hold, lock) || (first != nullptr && !before(hold, *first))) continue;
      if (is_wanted(*grant)) first = &hold;
    }
  }
  return first;
}

// As by the control command.
void Engine::break_long_hold(Claim& hold, const Lock& lock) {
  break_hold(hold, {0, now_, too_long(lock)});
}

}  // namespace lockfs
