// The status as JSON: the table's facts unabridged.
//
//   status.json   {"locks": [LOCK, ...]}
//   .json/NAME    LOCK
//   LOCK    {"name", "kind": "board|counting|named|dynamic", "description", "retired": bool,
//            "units": [UNIT, ...], "waiters": [CLAIM with "place", from 1, ...]}
//   UNIT    {"name", "state": "free|held|retired", "since", "holders": [CLAIM with "token", ...]}
//   CLAIM   {"mode": "sh|ex", "user", "uid", "host": null, "pid": number or null,
//            "via": "flock|...", "since", "command": string or null}
// Times are RFC 3339 with the zone; bytes that are no UTF-8 become U+FFFD.
#pragma once

#include <string>

#include "core/description.h"
#include "core/table_view.h"

namespace lockfs {

std::string render_json(const Description& description, const LocalTime& rfc3339);
std::string render_json(const LockView& lock, const LocalTime& rfc3339);

}  // namespace lockfs
