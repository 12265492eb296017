// The configuration with names of users and groups resolved: what the engine is told at a reload.
// The engine itself knows no group: who may lock is a set of user ids, worked out here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/accounts.h"
#include "core/config.h"
#include "core/hook.h"
#include "core/types.h"

namespace lockfs {

// Who may do something. Root always may.
struct Access {
  bool everyone = true;
  std::vector<uid_t> uids;  // sorted; those who may when not everyone

  bool allows(uid_t uid) const;
  friend bool operator==(const Access&, const Access&) = default;
};

enum class LockKind : std::uint8_t { board, counting, named, dynamic, last = dynamic };

// One configured lock as the engine takes it.
struct LockSpec {
  std::string name;
  LockKind kind = LockKind::named;
  std::vector<std::string> units;  // addresses; "1".."N"; or the lock's own name; never empty
  Access access;
  gid_t group = 0;  // of the file: the first group that the section names, else root's
  std::string description;
  bool fail_at_deadlock = false;  // else a deadlock is only shown
  bool reentrant = false;         // connections of one user may share a unit (mutexdaemon's rule)
  WallTime max_hold = 0;          // how long a hold may last; 0: as long as it likes
  OnExpiry on_expiry = OnExpiry::warn;
  Hooks hooks = {};
};

// Where clients of the older systems connect: HOST:PORT with the address in figures, or a path.
struct Doors {
  std::vector<std::string> lockerd;
  std::vector<std::string> allow;  // the networks that may; none: only this host
  std::string mutexdaemon;
  friend bool operator==(const Doors&, const Doors&) = default;
};

struct Policy {
  std::vector<LockSpec> locks;
  Access create;  // who may make a dynamic lock
  Access admins;  // who may give control commands, beside root (everyone is false)
  Limits limits;
  Doors doors = {};
  HookRules hooks = {};
};

struct ResolvedPolicy {
  Policy policy;
  std::vector<Fault> errors;    // unknown groups and users, located; and those that NSS failed on
  std::vector<Fault> warnings;  // the same with `lax`: such a name then admits nobody
};

// `lax`: an unknown account is a warning, as for a file written for another machine.
ResolvedPolicy resolve_policy(const Config& config, const Accounts& accounts, bool lax);

}  // namespace lockfs
