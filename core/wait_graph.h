// What a deadlock is, and who is part of one.
//
// Some claims are stuck: nothing that anybody can be expected to do by himself will ever free them.
//   - A hold is stuck if a stuck waiter keeps it (lineages.h).
//   - A waiter is stuck if it would not be served even if everybody let go who is not stuck: holds,
//     and waiters before it, who are served and then let go too.
// So of any-of every alternative must be stuck, and of a pool too many units; one that is offline,
// or a lock that drains, may come back, and is no reason. To be found by letting go
// (Engine::let_all_go()) until nothing changes: who is left is stuck.
//
// Among the stuck one stands in another's way: to a waiter, at a lock that it cannot have, the
// holds and the waiters before it that conflict with it there; to a hold, those who keep it. A
// deadlock is a circle of these, with all circles that have a claim in common with it. Whoever
// waits behind a deadlock is stuck, too, but no part of it.
#pragma once

#include <vector>

#include "core/claim.h"
#include "core/lineages.h"
#include "core/lock_table.h"

namespace lockfs {

struct Deadlock {
  std::vector<Claim*> waits;  // in the order of their tickets
};

// The deadlocks among these waiters, given that all who hold and wait at these locks are stuck.
std::vector<Deadlock> find_deadlocks(const LockTable& locks, const std::vector<Claim*>& waits,
                                     const Lineages& lineages);

// Whether somebody got a moment ago what this one waits for: it seems to wait for nothing but its
// turn. Nobody is believed that for long: in a pool it may be others who move.
bool moves_up(const Claim& waiter, WallTime now);

// The locks that a waiter's fate hangs on: those it waits for; those that one waits for who keeps a
// hold there, or stands in line there too; and so on. Looks at no waiter but these.
class Dependencies {
 public:
  explicit Dependencies(const Lineages& lineages) : lineages_(lineages) {}

  void add(const Claim& waiter);
  // In the order of their nodes.
  const std::vector<const Lock*>& locks() const { return locks_; }
  // Whether one of them has a hold that this waiter keeps: else it is part of no deadlock.
  bool any_kept_by(const Claim& waiter) const;

 private:
  void add(const Lock& lock);
  void add_places(const Claim& waiter);
  void follow(const Lock& lock);

  const Lineages& lineages_;
  std::vector<const Lock*> locks_;
  std::vector<const Lock*> left_;  // to be followed
};

}  // namespace lockfs
