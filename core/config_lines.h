// The line reader in front of inih: configuration text in, sections and their keys with line
// numbers out, and whatever inih would have misread in silence as located faults.
//
// inih splits keys from values and takes comments off, as for every other file in its format.
// Around it the reader
//   - counts lines, which inih does not tell its handler;
//   - reads headings itself and gives inih an alias for the name: inih cuts names at 49 bytes,
//   ignores
//     what follows the "]", and tells nothing of a section without keys;
//   - takes leading blanks off, for inih appends an indented line to the value before it;
//   - refuses what does not fit in a line buffer, NUL bytes and control characters (a lone carriage
//     return among them, which would hide the rest of the file in one comment).
// What the keys mean is not known here. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fault.h"

namespace lockfs {

inline constexpr std::size_t max_config_bytes = std::size_t{16} << 20;
inline constexpr std::size_t max_config_line_bytes = 4096;
inline constexpr std::size_t max_config_sections = 200'000;

struct RawEntry {
  int line = 0;
  std::string key;
  std::string value;
  bool commented = false;  // a comment stood behind the value, on the same line
};

struct RawSection {
  int line = 0;
  std::optional<std::string> name;  // none: its heading could not be read
  std::vector<RawEntry> entries;
};

struct RawConfig {
  std::vector<RawSection> sections;  // the first one, nameless, is what stands before any heading
  std::vector<Fault> faults;
};

RawConfig read_config_lines(std::string_view text);

}  // namespace lockfs
