// Kin: claims that never keep each other waiting, so that a process does not block itself by using
// flock(2) and fcntl(2) on one file.
//
// Both doors lock the same thing, so two claims on one file conflict whichever way they came,
// unless they are akin:
//   - the same owner's, or
//   - both connections of one user to mutexdaemon's door, which may share a board, or
//   - one a flock, the other an fcntl lock, and both through one descriptor or asked for by one
//     process. A process is known by its id and its start: whoever has the id now, but was started
//     after the other had asked, is another.
// Kinship is between two, and goes no further: two processes that use fcntl(2) through one
// descriptor exclude each other, though the flock of that descriptor is akin to both.
//
// What follows, and is all that kinship changes in the engine:
//   - Holders of one unit share it, or are akin.
//   - A claim whose kin holds joins: it gets the very units of that kin (its base: its owner's own
//     hold, else the earliest through the same descriptor, else of the same process), nothing
//     else. fcntl(2)'s conversions are this too: nothing is given up before the new mode is had.
//   - Those who must be gone before it may are the holders of these units that are not its kin.
//     Until then it stands among the units' pickers, so that no later sharer gets in between; it
//     passes whoever waits for its base to go, for that one waits for it as well.
//   - When the base goes, the claim stands in line, in the place of its ticket.
// A flock(2) claim of somebody without fcntl locks never has kin that holds.
#pragma once

#include "core/claim.h"

namespace lockfs {

bool akin(const Claim& a, const Claim& b);

// The mode in which a claim would hold a unit of its base.
Mode joined_mode(const Claim& claim, const Grant& base);

// Whether the claim may have the units of its base now.
bool may_join(const Claim& claim);

// Whether somebody whom it would wait for waits to join there too, and for its base: neither would
// ever be served.
bool waits_in_a_circle(const Claim& claim);

}  // namespace lockfs
