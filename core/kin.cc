#include "core/kin.h"

#include <algorithm>
#include <limits>

#include "core/lock.h"

namespace lockfs {
namespace {

// Whether `later` was there already when `earlier` asked.
bool lived_then(const Asker& later, const Asker& earlier) {
  return later.started != 0 && later.started <= earlier.asked;
}

bool same_process(const Asker& a, const Asker& b) {
  return a.process != 0 && a.process == b.process && (lived_then(a, b) || lived_then(b, a));
}

bool through_both_doors(Via a, Via b) {
  return (a == Via::flock && b == Via::fcntl) || (a == Via::fcntl && b == Via::flock);
}

// Who converts an fcntl lock has the kin of that lock, and that of the descriptor at hand.
bool akin_once_joined(const Claim& joiner, const Claim& other) {
  if (joiner.base->owner != joiner.owner) return akin(joiner, other);
  const bool through_it = other.owner.via == Via::flock && other.owner.node == joiner.owner.node &&
                          other.handle == joiner.handle;
  return through_it || akin(*joiner.base, other);
}

bool conflict(const Claim& joiner, Mode mode, const Claim& other, Mode other_mode) {
  if (mode == Mode::shared && other_mode == Mode::shared) return false;
  if (other.base != nullptr && akin_once_joined(other, joiner)) return false;
  return !akin_once_joined(joiner, other);
}

bool any_holder_bars(const Claim& claim, Mode mode, const Unit& unit) {
  if (mode == Mode::shared && unit.writers == 0) return false;
  for (const auto* holder = unit.holders.first(); holder != nullptr;
       holder = decltype(unit.holders)::after(*holder)) {
    if (conflict(claim, mode, *holder->claim, holder->mode)) return true;
  }
  return false;
}

// Calls test(joiner, its mode) for those who wait to join at this unit and came before `limit`,
// until one is true.
template <class Test>
bool any_joiner(const Unit& unit, Ticket limit, Test test) {
  if (unit.joiners == 0) return false;
  const auto any = [&](const Line::Places& places, Mode mode) {
    return std::any_of(places.begin(), places.lower_bound(limit), [&](const auto& place) {
      const Claim& joiner = *place.second.claim;
      return joiner.base != nullptr && test(joiner, mode);
    });
  };
  return any(unit.pickers.exclusive, Mode::exclusive) || any(unit.pickers.shared, Mode::shared);
}

// Whether one who came first joins here too. Not one who waits for this claim's base to go.
bool any_earlier_bars(const Claim& claim, Mode mode, const Grant& base) {
  return any_joiner(*base.unit, claim.ticket, [&](const Claim& other, Mode theirs) {
    return conflict(other, theirs, claim, mode) && !conflict(other, theirs, *base.claim, base.mode);
  });
}

}  // namespace

bool akin(const Claim& a, const Claim& b) {
  if (a.owner == b.owner) return true;
  if (a.owner.via == Via::mutexdaemon && b.owner.via == Via::mutexdaemon) {
    return a.client.uid == b.client.uid;
  }
  if (a.owner.node != b.owner.node || !through_both_doors(a.owner.via, b.owner.via)) return false;
  const bool a_is_flock = a.owner.via == Via::flock;
  const Claim& flock = a_is_flock ? a : b;
  const Claim& fcntl = a_is_flock ? b : a;
  return fcntl.uses(flock.handle) || same_process(a.asker, b.asker);
}

Mode joined_mode(const Claim& claim, const Grant& base) {
  return base.follows ? claim.mode : base.mode;
}

bool may_join(const Claim& claim) {
  const Claim& base = *claim.base;
  const bool converts = base.owner == claim.owner;
  if (converts && (claim.mode == Mode::shared || base.mode == Mode::exclusive)) return true;
  return std::none_of(base.grants.begin(), base.grants.end(), [&](const Grant& grant) {
    const Mode mode = joined_mode(claim, grant);
    return any_holder_bars(claim, mode, *grant.unit) || any_earlier_bars(claim, mode, grant);
  });
}

bool waits_in_a_circle(const Claim& claim) {
  const auto& grants = claim.base->grants;
  return std::any_of(grants.begin(), grants.end(), [&](const Grant& grant) {
    const Mode mode = joined_mode(claim, grant);
    constexpr auto all = std::numeric_limits<Ticket>::max();
    return any_joiner(*grant.unit, all, [&](const Claim& other, Mode theirs) {
      const auto& theirs_held = other.base->grants;
      const bool waited_for =
          std::any_of(theirs_held.begin(), theirs_held.end(), [&](const Grant& held) {
            return held.unit == grant.unit && conflict(claim, mode, *held.claim, held.mode);
          });
      return waited_for && conflict(other, theirs, *grant.claim, grant.mode);
    });
  });
}

}  // namespace lockfs
