// A note: what a holder writes into a lock's file for others to see.
#pragma once

#include <string>
#include <string_view>

namespace lockfs {

inline constexpr std::size_t max_note_bytes = 200;

// What of a written text is the note: its last line that is not blank, without the blanks (and NUL
// bytes) around it, cut before the character that would be too much. Empty if there is none. The
// bytes may be anything: views escape them.
std::string note_of(std::string_view written);

}  // namespace lockfs
