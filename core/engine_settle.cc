// Who is let in when something was given up: over all locks, in the order of the tickets.
#include <algorithm>
#include <utility>

#include "core/engine.h"
#include "core/fit.h"

namespace lockfs {

void Engine::touch(Lock& lock, Ticket behind) {
  look_at_holders(lock);
  if (!watched_.empty() && watched_.contains(lock.node)) deadlocks_stale_ = true;
  if (!lock.may_settle()) return;
  if (lock.unsettled) {
    if (*lock.unsettled <= behind) return;
    unsettled_.erase(&lock);
  }
  lock.unsettled = behind;
  unsettled_.insert(&lock);
}

// Lets in whoever can be let in, over all locks in the order of the tickets.
void Engine::settle() {
  while (!unsettled_.empty()) {
    Lock& lock = **unsettled_.begin();
    unsettled_.erase(unsettled_.begin());
    const Ticket behind = *std::exchange(lock.unsettled, std::nullopt);
    if (settle_next(lock, behind)) continue;
    lock.pool.discard_unused();
    forget(lock);
  }
}

namespace {

// Whether a waiter that cannot be served leaves nothing here for anybody behind it. (Sharers of
// several units leave what there is to those who want fewer.)
bool bars_the_way(const Claim& waiting, const Lock& lock) {
  std::vector<Unit*> units;
  return std::ranges::any_of(waiting.places(), [&](const Want& place) {
    return place.lock == &lock && place.unit == nullptr &&
           (place.mode == Mode::exclusive || place.count == 1) &&
           !choose_units(place, waiting.ticket, {}, units);
  });
}

}  // namespace

// Looks at the next waiter behind a place; false when there is no use in looking at this lock any
// more.
bool Engine::settle_next(Lock& lock, Ticket behind) {
  Claim* next = lock.draining ? lock.next_joiner(behind) : lock.next_candidate(behind);
  if (next == nullptr) return false;
  const Ticket ticket = next->ticket;
  if (!unsettled_.empty() && *(*unsettled_.begin())->unsettled < ticket - 1) {
    touch(lock, ticket - 1);  // elsewhere somebody may stand before this one
    return true;
  }
  if (choose(*next, {})) {
    const OwnerKey owner = next->owner;
    grant(leave_line(*next));
    serve_other_waits(owner);
    return true;
  }
  // Those who join take nothing that is left.
  const Claim* joiner = bars_the_way(*next, lock) ? lock.next_joiner(ticket) : next;
  if (joiner == nullptr) return false;
  touch(lock, joiner == next ? ticket : joiner->ticket - 1);
  return true;
}

}  // namespace lockfs
