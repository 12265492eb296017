#include "core/lock.h"

namespace lockfs {
namespace {

Claim* earlier(Claim* a, Claim* b) {
  if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
  return a->ticket < b->ticket ? a : b;
}

bool can_be_had(const Unit& unit) {
  return !unit.retired && (!unit.held() || unit.mode == Mode::shared);
}

}  // namespace

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
