// Control commands: the lines written to .ctl, as values, and what came of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "core/policy.h"
#include "core/reason.h"

namespace lockfs {

inline constexpr std::size_t max_control_write = 4096;

// The short code that reading .ctl gives before the words.
enum class Code : std::uint8_t {
  ok,
  unknown_board,
  permission,
  busy,
  unavailable,
  config,
  syntax,
};

std::string_view to_string(Code code);
// What the write itself fails with.
Reason to_reason(Code code);

// What came of a command: `ok made lock deploy`.
struct Outcome {
  Code code = Code::ok;
  std::string text;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// What the engine is to do, with all it needs from outside.
namespace command {
struct Make {
  std::string name;
};
struct Remove {
  std::string name;
};
struct Reload {
  Policy policy;
};
// Done, or refused, outside the engine (a log level, a malformed line, a faulty configuration):
// only kept as the answer.
struct Settled {
  Outcome outcome;
};
}  // namespace command

using Command = std::variant<command::Make, command::Remove, command::Reload, command::Settled>;

// A line as the user wrote it.
struct ControlLine {
  enum class Verb : std::uint8_t { reload, log_level, create, remove, upgrade };
  Verb verb = Verb::reload;
  std::string argument;
};

// A parsed line, or why it is none (the text of a `syntax` outcome).
using ParsedControlLine = std::variant<ControlLine, Outcome>;
ParsedControlLine parse_control_line(std::string_view line);

}  // namespace lockfs
