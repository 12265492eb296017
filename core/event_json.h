// What happened, as lines of JSON: of .events and of the history. Each is one object.
//
//   an event   {"position", "time", "event": "waiting|granted|...", and where there is one:
//              "lock", "units": [{"lock", "unit": string or null}, ...], "unit_count",
//              "mode": "sh|ex", "via", "uid", "user", "pid", "by": {"uid", "user"},
//              "token", "request", "reason", "since", "seconds",
//              "command", "code", "answer", "words"}
//   the first  {"event": "start", "position", "history": path or null}
//   a gap      {"event": "missed", "position", "count"}
//
// Times are RFC 3339 with microseconds and the zone; bytes that are no UTF-8 become U+FFFD. The
// same record gives the same line at any time: a reader's place in the text can be found again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/notice.h"

namespace lockfs {

// What rendering needs to know from outside.
struct EventWords {
  std::function<std::string(WallTime)> time;
  std::function<std::string(uid_t)> user;
};

std::string event_line(const NoticeText& told, const EventWords& words);
// What a reader gets before all else: at which position it starts, and where there is more.
std::string start_line(std::uint64_t position, const std::string& history);
// In place of what a reader was too slow for, or came too late: so many from this position on.
std::string missed_line(std::uint64_t position, std::uint64_t count);

}  // namespace lockfs
