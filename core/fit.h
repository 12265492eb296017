// The rule of the queue: may this want be served now without overtaking anybody?
//
// First come, first served: a request is never served from what an earlier waiter that conflicts
// with it needs. Each earlier waiter sets aside what it wants of this lock, also while it waits for
// another lock of its set; what is left over may be given away. Sharers do not conflict with one
// another. Of a lock that drains, and of units offline, nothing is given. Cost: O(units of the
// lock), O(1) for a lock of one unit; never O(waiters), but for earlier waiters that want to share
// several units.
#pragma once

#include <span>
#include <vector>

#include "core/claim.h"

namespace lockfs {

// Appends to `chosen` the units to give for `want` to a claim with this ticket; nothing and false
// if it must wait. Of several free ones those of `preferred`, grants given up in the same step, are
// taken first (a conversion keeps its unit when it can), then the one released longest ago.
bool choose_units(const Want& want, Ticket ticket, std::span<const Grant> preferred,
                  std::vector<Unit*>& chosen);

}  // namespace lockfs
