#include "core/description.h"

namespace lockfs {
namespace {

UnitView describe(const Unit& unit) {
  UnitView view{unit.name, unit.retired, unit.since, {}};
  for (const auto* grant = unit.holders.first(); grant != nullptr;
       grant = decltype(unit.holders)::after(*grant)) {
    view.holders.push_back(describe(*grant->claim, grant->mode));
  }
  return view;
}

// The mode in which a waiter wants this lock: exclusive if it wants any unit so.
Mode mode_at(const Claim& claim, const Lock& lock) {
  for (const auto& place : claim.places) {
    if (place.lock == &lock && place.mode == Mode::exclusive) return Mode::exclusive;
  }
  return Mode::shared;
}

}  // namespace

ClaimView describe(const Claim& claim, Mode mode) {
  ClaimView view;
  view.mode = mode;
  view.via = claim.owner.via;
  view.client = claim.client;
  view.asker = claim.asker;
  view.since = claim.since;
  view.token = claim.token;
  return view;
}

LockView describe(const Lock& lock) {
  LockView view{lock.name, lock.kind, lock.description, !lock.in_service(), {}, {}};
  view.units.reserve(lock.pool.units().size());
  for (const auto& unit : lock.pool.units()) view.units.push_back(describe(*unit));
  for (const Claim* next = lock.next_waiter(0); next != nullptr;
       next = lock.next_waiter(next->ticket)) {
    view.waiters.push_back(describe(*next, mode_at(*next, lock)));
  }
  return view;
}

Description describe(const Engine& engine) {
  Description description;
  description.locks.reserve(engine.locks().locks().size());
  for (const auto& [node, lock] : engine.locks().locks()) {
    description.locks.push_back(describe(*lock));
  }
  return description;
}

}  // namespace lockfs
