#include "core/note.h"

#include <algorithm>

#include "core/words.h"

namespace lockfs {
namespace {

// NUL too: some write their whole buffer.
constexpr std::string_view note_blanks(" \t\r\v\f\0", 6);

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U; }

// Where to cut: before a character, if one is at hand (none has more than three bytes behind its
// first).
std::size_t size_within_limit(std::string_view line) {
  if (line.size() <= max_note_bytes) return line.size();
  std::size_t size = max_note_bytes;
  while (size + 3 > max_note_bytes && continues_character(line[size])) --size;
  return continues_character(line[size]) ? max_note_bytes : size;
}

}  // namespace

std::string note_of(std::string_view written) {
  while (!written.empty()) {
    const auto end = written.rfind('\n');
    const auto line =
        trimmed(end == std::string_view::npos ? written : written.substr(end + 1), note_blanks);
    if (!line.empty()) return std::string(line.substr(0, size_within_limit(line)));
    written = written.substr(0, end == std::string_view::npos ? 0 : end);
  }
  return {};
}

}  // namespace lockfs
