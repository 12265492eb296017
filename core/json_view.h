// The status as JSON: the table's facts unabridged.
//
//   status.json   {"locks": [LOCK, ...]}
//   .json/NAME    LOCK
//   LOCK    {"name", "kind": "board|counting|named|dynamic", "description", "retired": bool,
//            "draining": MARK or null, "units": [UNIT, ...],
//            "waiters": [CLAIM with "place", from 1, and "deadlock": null or [OTHER, ...], ...]}
//   UNIT    {"name", "state": "free|held|offline|draining|retired", "since",
//            "offline": MARK or null, "holders": [CLAIM with "token", ...]}
//   MARK    {"user", "uid", "since", "reason"}
//   CLAIM   {"mode": "sh|ex", "user", "uid", "host": null, "pid": number or null,
//            "via": "flock|...", "since", "command": string or null}
//   OTHER   {"lock", "pid": number or null}: what another one in the deadlock waits for
// Times are RFC 3339 with the zone; bytes that are no UTF-8 become U+FFFD.
#pragma once

#include <string>

#include "core/description.h"
#include "core/table_view.h"

namespace lockfs {

std::string render_json(const Description& description, const LocalTime& rfc3339);
std::string render_json(const LockView& lock, const LocalTime& rfc3339);

std::string_view to_string(LockKind kind);
// "free", "held", "offline", "draining" or "retired".
std::string_view state_of(const LockView& lock, const UnitView& unit);

}  // namespace lockfs
