// A mark as a line of the state file (state_text.h), and back:
//
//     offline NAME@ADDRESS UID NANOSECONDS [REASON]
//     failed NAME@ADDRESS UID NANOSECONDS [REASON]      offline until its check succeeds
//     drain NAME UID NANOSECONDS [REASON]
//
// since 1970; address and reason percent-encoded as in an expression. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/mark.h"

namespace lockfs {

std::string mark_to_line(const PlacedMark& placed);
// Nothing if it is none, or another version's.
std::optional<PlacedMark> parse_mark(std::string_view line);

}  // namespace lockfs
