#include "core/lock.h"

#include <algorithm>

namespace lockfs {
namespace {

Claim* earlier(Claim* a, Claim* b) {
  if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
  return a->ticket < b->ticket ? a : b;
}

// Whether there is use in looking at those who wait for this unit.
bool can_be_had(const Unit& unit) {
  const bool open = unit.in_service() && (!unit.held() || unit.mode == Mode::shared);
  return open || unit.joiners > 0;
}

}  // namespace

bool Lock::marked() const {
  const auto& units = pool.units();
  return draining || std::any_of(units.begin(), units.end(),
                                 [](const auto& unit) { return unit->offline.has_value(); });
}

Claim* Lock::next_waiter(Ticket ticket) const {
  Claim* next = line.first_after(ticket);
  for (const Unit* unit : picked) next = earlier(next, unit->pickers.first_after(ticket));
  return next;
}

Claim* Lock::next_candidate(Ticket ticket) const {
  Claim* next = line.first_after(ticket);
  for (const Unit* unit : picked) {
    if (can_be_had(*unit)) next = earlier(next, unit->pickers.first_after(ticket));
  }
  return next;
}

Claim* Lock::next_joiner(Ticket ticket) const {
  Claim* next = nullptr;
  for (const Unit* unit : picked) {
    if (unit->joiners > 0) next = earlier(next, unit->pickers.first_after(ticket));
  }
  return next;
}

void Lock::enqueue(const Want& want, Claim& claim) {
  if (want.unit != nullptr && want.unit->pickers.empty()) picked.push_back(want.unit);
  Line& stands_in = want.unit != nullptr ? want.unit->pickers : line;
  stands_in.put(claim, want.mode, want.count);
}

void Lock::dequeue(const Want& want, const Claim& claim) {
  Line& stands_in = want.unit != nullptr ? want.unit->pickers : line;
  stands_in.remove(claim.ticket);
  if (want.unit != nullptr && want.unit->pickers.empty()) std::erase(picked, want.unit);
}

}  // namespace lockfs
