// What a mount keeps on disk, as text, and the file's name.
//
//     lockfs-state 1             the format's version
//     token 3000000              the mark: every token given out is below it
//     offline ..., drain ...     the marks (mark_text.h)
//     KEY VALUE                  anything else, kept as it is: a later lockfs's
//     sum 8c36e1af0bd2c7d4       FNV-1a of all lines before this one, which is the last
//
// A text that was cut, or of which a byte was changed, is none: nothing of it is believed.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/mark.h"
#include "core/types.h"

namespace lockfs {

inline constexpr Token max_token = (Token{1} << 53U) - 1;

struct State {
  Token token_mark = 0;
  std::vector<std::string> others;  // lines that this version knows nothing of
  std::vector<PlacedMark> marks = {};
  friend bool operator==(const State&, const State&) = default;
};

std::string state_to_text(const State& state);
std::optional<State> parse_state(std::string_view text);

// "/mnt/locks" is "mnt-locks.state". Different mount points have different names; what is not a
// letter, a digit, a dot or an underscore is percent-encoded, and very long ones are cut and told
// apart by a hash.
std::string state_file_name(std::string_view mount_point);

}  // namespace lockfs
