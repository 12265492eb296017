// One lock: a logical board, a counting, a named or a dynamic lock, with its units and its waiters.
// A plain record; LockTable owns it, the engine changes it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/line.h"
#include "core/policy.h"
#include "core/pool.h"

namespace lockfs {

struct Lock {
  NodeId node = NodeId::none;
  std::string name;
  LockKind kind = LockKind::dynamic;
  Access access;
  gid_t group = 0;
  std::string description;
  bool reentrant = false;

  bool configured = false;   // it stands in the configuration in force
  bool lasting = false;      // dynamic, but made by command: stays until removed
  uid_t creator = 0;         // of a dynamic lock: against whose limit it counts
  std::uint32_t opens = 0;   // descriptors that name it
  std::uint32_t claims = 0;  // units held of it and places in its lines
  std::uint32_t wide = 0;    // waiters here who wait elsewhere too, or may (wait_graph.h)
  bool fail_at_deadlock = false;
  WallTime max_hold = 0;  // engine_expiry.cc; 0: as long as it likes
  OnExpiry on_expiry = OnExpiry::warn;
  std::unique_ptr<const Hooks> hooks;  // nullptr: none
  std::uint32_t cleaning = 0;          // units for which on_release is run (engine_hooks.cc)
  WallTime last_grant = 0;
  SeldomMark draining;  // holders stay, nobody new gets it
  // Something changed that may let in waiters behind this ticket.
  std::optional<Ticket> unsettled;

  Pool pool;
  Line line;                  // those who wait for any unit
  std::vector<Unit*> picked;  // the units somebody waits for by name

  // Whether anybody new may have it: not once it is taken out of the configuration.
  bool in_service() const { return configured || kind == LockKind::dynamic; }
  bool in_use() const { return opens > 0 || claims > 0 || cleaning > 0; }
  // Whether it stays when nobody uses it. A mark would be lost with a dynamic lock.
  bool stays() const { return configured || lasting || (kind == LockKind::dynamic && marked()); }
  bool marked() const;
  // Whether a hold that lasts too long goes as soon as somebody waits for it.
  bool yields() const { return max_hold != 0 && on_expiry == OnExpiry::yield; }

  // Whether anything may come of a change here: somebody waits, or it or a unit of it may go.
  bool may_settle() const {
    return !line.empty() || !picked.empty() || !configured || pool.any_retired();
  }

  // The next waiter behind `ticket`, in the order in which they will be served.
  Claim* next_waiter(Ticket ticket) const;
  // The same, but passing over those who picked a unit that nobody can get now.
  Claim* next_candidate(Ticket ticket) const;
  // Of those who wait for a unit that some wait to join at (kin.h).
  Claim* next_joiner(Ticket ticket) const;

  void enqueue(const Want& want, Claim& claim);
  void dequeue(const Want& want, const Claim& claim);
};

}  // namespace lockfs
