// What happened to the locks, told to whoever watches: the log, .events, the history, the metrics.
//
// A notice is numbers, and pieces of a text that all notices of an event share (Effects): making
// one costs no allocation, since every lock and unlock makes one. Rendering is for whoever reads
// it, and not the loop's work (event_json.h).
//
// Notices are counted, from 1 on for each mount: the number is a notice's position, and goes on
// over crashes and upgrades without a gap or a repeat.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/claim.h"
#include "core/command.h"
#include "core/reason.h"

namespace lockfs {

// Added to at the end only: the ring of a predecessor has them (event_ring.h).
enum class NoticeKind : std::uint8_t {
  waiting,
  granted,
  released,
  ended,    // a wait that ended without a grant; `reason` says why
  created,  // a dynamic lock
  removed,
  command,   // a control command and its outcome
  stopping,  // the daemon is leaving
  serving,   // a process begins to serve the mount: at first, after a crash, an upgrade
  broken,    // a hold, by an administrator or its user; `by` and `words` say who and why
  offline,   // a unit
  online,
  draining,  // a lock
  undrained,
  noted,     // a holder wrote a note: `words`
  deadlock,  // a wait is part of one now (`answer`: with whom), or with `reason` is ended for it
  overdue,   // a hold lasts longer than it may: `words`; once for each grant
  cleaning,  // on_release is run for a unit that was let go
  cleaned,   // and has ended well
};

std::string_view to_string(NoticeKind kind);

// A part of the text that notices stand on.
struct Piece {
  std::uint32_t begin = 0;
  std::uint32_t size = 0;
};

struct Notice {
  // Of how many units a notice has the names; `unit_count` says how many there are.
  static constexpr std::uint32_t max_units = 64;

  NoticeKind kind = NoticeKind::granted;
  Mode mode = Mode::exclusive;
  Via via = Via::flock;
  bool of_claim = false;  // mode, via and client are somebody's who locks
  Reason reason = Reason::none;
  Code code = Code::ok;  // of a command
  std::uint32_t unit_count = 0;
  std::uint64_t position = 0;
  WallTime time = 0;
  WallTime since = 0;  // when the wait or the hold began that ended here; 0 if none did
  Token token = 0;
  Ticket ticket = 0;        // the same of a wait and of its end
  Client client;            // who locks, or who gave the command
  std::optional<uid_t> by;  // who did it to the client, the unit or the lock
  // One line for each unit, `LOCK UNIT`; `LOCK` alone where it is none yet.
  Piece units;
  Piece words;   // a command as given; a note; an administrator's reason
  Piece answer;  // what came of a command

  // Whether it was anybody's doing: a lock goes by itself, and the daemon speaks of itself.
  bool has_client() const {
    return of_claim || kind == NoticeKind::command || kind == NoticeKind::created;
  }
};
static_assert(std::is_trivially_copyable_v<Notice>);

// A notice with the text it stands on.
struct NoticeText {
  const Notice& notice;
  std::string_view text;

  std::string_view of(Piece piece) const { return text.substr(piece.begin, piece.size); }
  // The lock; of a set the first.
  std::string_view lock() const {
    const auto units = of(notice.units);
    return units.substr(0, units.find_first_of(" \n"));
  }
  // The unit of that lock; empty if none is named.
  std::string_view unit() const {
    auto units = of(notice.units);
    units = units.substr(0, units.find('\n'));
    return units.substr(std::min(units.size(), lock().size() + 1));
  }
};

}  // namespace lockfs
