// The locks in a mount's JSON (core/json_view.h), read back. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockfs {

// A holder or waiter.
struct Claimant {
  std::string mode;
  std::string user;
  std::int64_t uid = 0;
  std::optional<std::int64_t> pid;
  std::string via;
  std::string since;        // RFC 3339
  std::string command;      // empty: not known
  std::string note;         // of a holder; empty: none
  std::uint64_t token = 0;  // of a holder
};

// That something is given to nobody new.
struct MarkState {
  std::string user;   // who set it
  std::string since;  // RFC 3339
  std::string reason;
};

struct UnitState {
  std::string name;
  std::string state;  // free, held, offline, ...
  std::vector<Claimant> holders;
  std::optional<MarkState> offline;
};

struct LockState {
  std::string name;
  std::vector<UnitState> units;
  std::vector<Claimant> waiters;  // in the order in which they will be served
  std::optional<MarkState> draining;
};

// Nothing if the text is not what a daemon writes.
std::optional<std::vector<LockState>> read_status(std::string_view json);  // of status.json
std::optional<LockState> read_lock_state(std::string_view json);           // of .json/NAME

// {"holds": [HOLD, ...]}
std::string holds_as_json(const std::vector<LockState>& locks);

// 2026-11-21T10:04:02, as in the status: the time zone is the daemon's, which runs here.
std::string local_time(const std::string& rfc3339);

}  // namespace lockfs
