// What poll(2) tells of a descriptor: that somebody waits for what it holds, that it lost its lock.
#include <algorithm>
#include <utility>

#include "core/engine.h"
#include "core/kin.h"

namespace lockfs {
namespace {

template <class Visit>
void for_each_holder(const Lock& lock, Visit visit) {
  for (const auto& unit : lock.pool.units()) {
    for (const auto* grant = unit->holders.first(); grant != nullptr;
         grant = decltype(unit->holders)::after(*grant)) {
      visit(*grant->claim);
    }
  }
}

bool picks_it(const Line::Places& places, const Claim& hold) {
  return std::any_of(places.begin(), places.end(),
                     [&](const auto& place) { return !akin(*place.second.claim, hold); });
}

// Whether those who wait for any unit want more than is free. Who would share what is shared
// already waits for somebody else.
bool falls_short(const Lock& lock, Mode held) {
  std::uint64_t demand = held == Mode::exclusive && !lock.line.shared.empty() ? 1 : 0;
  const std::uint64_t free = lock.pool.free_count();
  for (const auto& [ticket, place] : lock.line.exclusive) {
    if (demand > free) break;
    demand += place.count;
  }
  return demand > free;
}

}  // namespace

bool Engine::is_wanted(const Grant& grant) {
  const Unit& unit = *grant.unit;
  if (grant.lock->draining || !unit.in_service()) return false;
  if (picks_it(unit.pickers.exclusive, *grant.claim)) return true;
  if (unit.mode == Mode::exclusive && picks_it(unit.pickers.shared, *grant.claim)) return true;
  return falls_short(*grant.lock, unit.mode);
}

PollState Engine::poll_state(const Handle& handle) const {
  const auto wanted = [&](const OwnerKey& owner) {
    const Claim* hold = claims_.hold_of(owner);
    return hold != nullptr && hold->uses(handle.id) &&
           std::any_of(hold->grants.begin(), hold->grants.end(), is_wanted);
  };
  return {std::any_of(handle.owners.begin(), handle.owners.end(), wanted),
          handle.extras->broken.has_value()};
}

void Engine::on(const event::Poll& e) {
  Handle* handle = handles_.find(e.handle);
  if (handle == nullptr) return;
  polled_ += handle->extras->poller ? 0 : 1;
  handle->extras.edit().poller = Poller{e.number, poll_state(*handle)};
}

// What is wanted of this lock may be other than before: by poll(2), and of who yields.
void Engine::look_at_holders(Lock& lock) {
  if (polled_ > 0) look_at_.insert(&lock);
  if (lock.yields()) yielding_.insert(&lock);
}

void Engine::look_at_poller(const Claim& hold) {
  if (polled_ == 0) return;
  polls_to_look_at_.insert(hold.handle);
  polls_to_look_at_.insert(hold.fcntl->others.begin(), hold.fcntl->others.end());
}

// Whoever polls is woken when there is more to tell than at its last look.
void Engine::tell_pollers() {
  if (look_at_.empty() && polls_to_look_at_.empty()) return;
  for (const Lock* lock : look_at_) {
    for_each_holder(*lock, [this](const Claim& hold) { look_at_poller(hold); });
  }
  look_at_.clear();
  for (const HandleId id : polls_to_look_at_) {
    Handle* handle = handles_.find(id);
    if (handle == nullptr || !handle->extras->poller) continue;
    Poller& poller = *handle->extras.edit().poller;
    const PollState before = std::exchange(poller.told, poll_state(*handle));
    const PollState& now = poller.told;
    const bool more = (now.wanted && !before.wanted) || (now.lost && !before.lost);
    if (more) effects_->wakeups.push_back(poller.number);
  }
  polls_to_look_at_.clear();
}

// What the predecessor was about to tell may not have arrived.
void Engine::wake_all_pollers() {
  for (const HandleId id : handles_.polled()) {
    effects_->wakeups.push_back(handles_.find(id)->extras->poller->number);
  }
}

}  // namespace lockfs
