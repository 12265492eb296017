// Control commands: the lines written to .ctl, as values, and what came of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "core/policy.h"
#include "core/reason.h"
#include "core/types.h"

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
  last = syntax
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
// Takes a lock away from those who hold it, or this unit, or this grant. Administrators may with
// any, others with their own.
struct Break {
  std::string name;
  std::optional<std::string> unit;
  std::optional<Token> token;
  std::string reason;
};
// The unit goes to nobody new, until it is online again.
struct Offline {
  std::string name;
  std::string unit;
  std::string reason;
};
struct Online {
  std::string name;
  std::string unit;
};
// The same for a lock as a whole.
struct Drain {
  std::string name;
  std::string reason;
};
struct Undrain {
  std::string name;
};
}  // namespace command

using Command =
    std::variant<command::Make, command::Remove, command::Reload, command::Settled, command::Break,
                 command::Offline, command::Online, command::Drain, command::Undrain>;

// A line as the user wrote it.
struct ControlLine {
  enum class Verb : std::uint8_t {
    reload,
    log_level,
    create,
    remove,
    upgrade,
    break_hold,
    offline,
    online,
    drain,
    undrain,
  };
  Verb verb = Verb::reload;
  std::string argument;
  std::optional<std::string> unit;  // decoded
  std::optional<Token> token;
  std::string reason;
};

// How a command is written.
struct ControlForm {
  // What a unit's address is to a verb: it is no part of the name, may follow it, or must.
  enum class Unit : std::uint8_t { none, optional, required };
  std::string_view word;
  std::string_view usage;  // what it takes, if anything
  ControlLine::Verb verb;
  Unit unit = Unit::none;
  bool token = false;
  bool reason = false;
};

std::span<const ControlForm> control_forms();

// A parsed line, or why it is none (the text of a `syntax` outcome).
using ParsedControlLine = std::variant<ControlLine, Outcome>;
ParsedControlLine parse_control_line(std::string_view line);

// What the engine is to do; nothing for what is done outside (reload, loglevel, upgrade).
std::optional<Command> to_command(const ControlLine& line);

}  // namespace lockfs
