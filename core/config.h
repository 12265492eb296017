// The configuration file as a value: text in, settings and located faults out.
//
// Grammar: inih's, on which mutexdaemon's file is valid as it stands. A section is a logical board
// or a named lock; `address`, `group`, `user`, `listen`, `listen_allow`, `create` repeat; keys
// before the first section are the daemon's. What inih would misread in silence (a name it would
// cut, a value it would take for a continuation, a comment inside a command) is a fault or read as
// meant.
//
// Pure: no file, no account is looked at here (see policy.h for names of users and groups).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fault.h"

namespace lockfs {

// A name as written, with its line, so that a later check (is there such a group?) can point at it.
struct Named {
  std::string name;
  int line = 0;
  friend bool operator==(const Named&, const Named&) = default;
};

enum class OnExpiry : std::uint8_t { warn, break_hold, yield, last = yield };
enum class OnDeadlock : std::uint8_t { show, fail };
enum class Scope : std::uint8_t { host, cluster };

// One section: a logical board, a counting lock or a named lock.
struct LockSection {
  std::string name;
  int line = 0;
  std::vector<Named> addresses;  // empty: not a board
  std::vector<Named> groups;     // with no group and no user, everyone may lock it
  std::vector<Named> users;
  std::optional<std::uint32_t> units;  // a counting lock; never together with addresses
  std::optional<std::chrono::seconds> max_hold;
  OnExpiry on_expiry = OnExpiry::warn;
  OnDeadlock deadlock = OnDeadlock::show;
  bool reentrant_by_user = false;
  std::string check;
  std::chrono::seconds check_interval{60};
  std::string on_release;
  std::string description;
  Scope scope = Scope::host;
};

// Limits on what one user, or all together, may ask for. Beyond one: ENOLCK, for opens EMFILE.
struct Limits {
  std::uint32_t max_waiters = 100'000;
  std::uint32_t max_waiters_per_user = 20'000;
  std::uint32_t max_dynamic_locks_per_user = 10'000;
  std::uint32_t max_opens_per_user = 50'000;
};

// Who may make a lock by opening a new name: everyone, nobody, or the members of some groups.
struct CreateRule {
  bool everyone = true;
  std::vector<Named> groups;
};

struct DaemonSettings {
  CreateRule create;
  std::optional<Named> admin_group;
  std::string history;
  std::string log;  // "syslog", "stderr" or a file's absolute path; empty: the default
  std::vector<Named> listen;
  std::vector<Named> listen_allow;
  std::string listen_mutexdaemon;
  std::string cluster;
  std::string cluster_name;
  std::chrono::seconds stop_timeout{90};
  std::optional<Named> hook_user;  // none: an account without rights
  std::chrono::seconds hook_timeout{60};
  std::uint32_t max_hooks = 4;
  std::string state;  // a folder's absolute path; empty: the default
  Limits limits;
};

struct Config {
  DaemonSettings daemon;
  std::vector<LockSection> locks;  // in the order of the file
};

struct ParsedConfig {
  Config config;                // meaningless when there are errors
  std::vector<Fault> errors;    // every fault at once, in the order of their lines
  std::vector<Fault> warnings;  // keys that are valid but do nothing yet
};

ParsedConfig parse_config(std::string_view text);

// "90", "90s", "30m", "2h", "1d": a whole number of seconds, at least 1, at most 365 days.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);
// The same the other way round, in the largest unit of which it is a whole number.
std::string duration_text(std::chrono::seconds duration);

}  // namespace lockfs
