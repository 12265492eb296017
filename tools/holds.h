// The holders and waiters in a mount's JSON (core/json_view.h), read back. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockfs {

// One holder of one unit.
struct Hold {
  std::string lock;
  std::string unit;
  std::string mode;
  std::string user;
  std::int64_t uid = 0;
  std::optional<std::int64_t> pid;
  std::string via;
  std::string since;  // RFC 3339
  std::uint64_t token = 0;
  std::string command;  // empty: not known
};

// Of all the locks in status.json; nothing if the text is not what a daemon writes.
std::optional<std::vector<Hold>> holds_in_status(std::string_view json);
// Of the one lock in .json/NAME.
std::optional<std::vector<Hold>> holds_of_lock(std::string_view json);

// {"holds": [HOLD, ...]}
std::string holds_as_json(const std::vector<Hold>& holds);

// 2026-11-21T10:04:02, as in the status: the time zone is the daemon's, which runs here.
std::string local_time(const Hold& hold);

}  // namespace lockfs
