// Moments as people and JSON write them. Pure but for the time zone.
#pragma once

#include <optional>
#include <string_view>

#include "core/types.h"

namespace lockfs {

// RFC 3339: `2026-11-21T10:04:02.123456+01:00`.
std::optional<WallTime> parse_rfc3339(std::string_view text);

// What --since takes: a date, a date and time, a time of today (local time), or how long ago:
// `2026-11-21`, `2026-11-21T10:04`, `10:04:30`, `90m`, `2d`.
std::optional<WallTime> parse_since(std::string_view text, WallTime now);

}  // namespace lockfs
