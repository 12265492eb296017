// The engine's waiters: where each stands in line, and how it leaves.
#include <algorithm>
#include <memory>
#include <vector>

#include "core/engine.h"
#include "core/kin.h"

namespace lockfs {
namespace {

// All that a claim wants of one lock, or of one picked unit, over its alternatives, as those behind
// it must leave it.
void merge(std::vector<Want>& places, const Want& want) {
  const auto same = [&](const Want& place) {
    return place.lock == want.lock && place.unit == want.unit;
  };
  const auto place = std::find_if(places.begin(), places.end(), same);
  if (place == places.end()) return places.push_back(want);
  place->count = std::max(place->count, want.count);
  if (want.mode == Mode::exclusive) place->mode = Mode::exclusive;
}

}  // namespace

std::vector<Want> Engine::places_of(const Claim& claim) {
  std::vector<Want> places;
  if (claim.base != nullptr) {
    for (const Grant& grant : claim.base->grants) {
      places.push_back({grant.lock, grant.unit, 1, joined_mode(claim, grant), grant.follows});
    }
    return places;
  }
  for (const auto& alternative : claim.alternatives) {
    for (const auto& want : alternative) merge(places, want);
  }
  return places;
}

void Engine::enqueue(Claim& claim) {
  claim.waits = true;
  claim.other_places.reset();
  if (claim.base != nullptr || !claim.wants_one()) {
    claim.other_places = std::make_unique<const std::vector<Want>>(places_of(claim));
  }
  for (const auto& place : claim.places()) {
    place.lock->enqueue(place, claim);
    look_at_holders(*place.lock);
    ++place.lock->claims;
    if (claim.is_wide()) ++place.lock->wide;
    if (claim.base != nullptr) ++place.unit->joiners;
  }
}

// It did not wait for just this: it may have come into something that is free.
void Engine::place(Claim& claim) {
  enqueue(claim);
  for (const auto& place : claim.places()) touch(*place.lock, claim.ticket - 1);
}

void Engine::dequeue(const Claim& claim) {
  for (const auto& place : claim.places()) {
    if (claim.base != nullptr) --place.unit->joiners;
    if (claim.is_wide()) --place.lock->wide;
    place.lock->dequeue(place, claim);
    --place.lock->claims;
    touch(*place.lock, claim.ticket);  // this helps only those who stood behind it
  }
}

std::unique_ptr<Claim> Engine::leave_line(Claim& claim) {
  dequeue(claim);
  lineages_.remove(claim);
  if (claim.extras->deadlock != nullptr) forget_deadlock(claim);
  return claims_.remove_waiter(claim);
}

// Whoever waited for an open under .hold/ has opened nothing.
void Engine::end_wait(Claim& claim, Reason reason) {
  notice(NoticeKind::ended, claim, claim.since, reason);
  const auto ended = leave_line(claim);
  forget_owner(ended->owner, ended->handle);
  if (ended->owner.via == Via::hold) on(event::Close{ended->handle});
}

void Engine::refuse_wait(Claim& claim, Reason reason) {
  const RequestId id = claim.request;
  end_wait(claim, reason);
  answer({.id = id, .reason = reason});
}

}  // namespace lockfs
