// The status as a table, for people and for awk: a header, then one line for each unit, holder and
// waiter. The columns and their order are for good; every column but the last is one word.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/description.h"

namespace lockfs {

// Turns a moment into local time, `2026-11-21T10:04:02`. The time zone is the caller's to know.
using LocalTime = std::function<std::string(WallTime)>;

std::string render_table(const Description& description, const LocalTime& local_time);

// One word for a column: blanks become `_`; control characters, backslashes and what is no UTF-8
// are escaped as in /proc (\011); nothing is `-`.
std::string as_word(std::string_view text);
// For the last column: blanks stay.
std::string as_text(std::string_view text);

std::string_view to_string(Mode mode);  // "ex", "sh"
std::string_view to_string(Via via);

}  // namespace lockfs
