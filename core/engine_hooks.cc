// The engine's part in the commands that are run for units: a unit that was let go is cleaned
// before anybody gets it, and one that fails its check is offline until it passes it again.
#include "core/engine.h"

namespace lockfs {
namespace {

constexpr uid_t daemon = 0;  // who a mark is by that nobody set

std::string shortened(const std::string& reason) { return reason.substr(0, max_reason_bytes); }

}  // namespace

// What a hold has left, and nobody else holds.
void Engine::clean_left(std::span<const Grant> left) {
  for (const Grant& grant : left) {
    const auto& hooks = grant.lock->hooks;
    if (hooks && !hooks->on_release.empty() && !grant.unit->held()) {
      begin_cleaning(*grant.lock, *grant.unit);
    }
  }
}

void Engine::begin_cleaning(Lock& lock, Unit& unit) {
  lock.pool.set_cleaning(unit, true, now_);
  ++lock.cleaning;
  ++cleaning_;
  notice(NoticeKind::cleaning, lock, &unit);
  effects_->errands.cleanings.push_back({lock.name, unit.name});
}

void Engine::on(const event::HookEnded& e) {
  Lock* lock = locks_.find(e.place.lock);
  Unit* unit = lock != nullptr ? lock->pool.find(e.place.unit) : nullptr;
  if (unit == nullptr) return;
  e.kind == HookKind::check ? end_check(*lock, *unit, e.failure)
                            : end_cleaning(*lock, *unit, e.failure);
}

// What could not be cleaned is offline until somebody has looked after it.
void Engine::end_cleaning(Lock& lock, Unit& unit, const std::string& failure) {
  if (!unit.cleaning) return;
  if (failure.empty()) {
    notice(NoticeKind::cleaned, lock, &unit).since = unit.since;
  } else {
    mark(lock, unit, Mark{daemon, now_, shortened("on_release: " + failure)});
  }
  lock.pool.set_cleaning(unit, false, now_);
  --lock.cleaning;
  --cleaning_;
  touch(lock);
}

// A mark that somebody set stays, whatever the check says.
void Engine::end_check(Lock& lock, Unit& unit, const std::string& failure) {
  if (unit.retired) return;
  if (!failure.empty() && !unit.offline) {
    mark(lock, unit, Mark{daemon, now_, shortened("check: " + failure), true});
  } else if (failure.empty() && unit.offline && unit.offline->by_check) {
    mark(lock, unit, std::nullopt);
  }
}

std::vector<UnitPlace> Engine::units_to_clean() const {
  std::vector<UnitPlace> places;
  for (const auto& [node, lock] : locks_.locks()) {
    if (lock->cleaning == 0) continue;
    for (const auto& unit : lock->pool.units()) {
      if (unit->cleaning) places.push_back({lock->name, unit->name});
    }
  }
  return places;
}

}  // namespace lockfs
