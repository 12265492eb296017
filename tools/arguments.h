// The command line as a value, and the table of what may stand on it.
//
// The table is the one place that knows a command, an operand or an option: the parser, the help
// text, the completion and the comparison with lockctl(1) are made from it. A new command is a row
// of it, with a member of Arguments for whatever it takes that no other does. Constant; any thread.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tools/failure.h"
#include "tools/streams.h"

namespace lockfs {

struct SignalChoice {
  int number = SIGTERM;  // 0: none
};

struct Arguments {
  std::string verb;   // the command's name
  std::string mount;  // empty: look for one
  bool json = false;
  bool lax_accounts = false;
  bool nonblock = false;
  bool shared = false;
  std::optional<std::chrono::microseconds> wait;  // absent: for as long as it takes
  int conflict_status = exit_status::refused;
  std::string note;         // empty: none
  SignalChoice on_break;    // what the command gets when the lock is lost
  std::uint64_t token = 0;  // 0: not given
  std::string subject;      // the lock's name or path
  std::vector<std::string> expressions;
  std::string file;                  // not one of a mount
  std::string level;                 // of the log
  std::string user;                  // a name or a number; empty: everybody
  std::string since;                 // a moment, or how long ago
  std::uint64_t from = 0;            // an event's position; 0: from now on
  std::vector<std::string> reason;   // its words
  std::vector<std::string> command;  // what stands behind "--"
};

// What a word on the command line can be, for completion.
enum class WordKind : std::uint8_t {
  any,
  lock,
  unit,
  lock_or_unit,
  expression,
  file,
  folder,
  level,
  signal
};

struct Option {
  using Target = std::variant<bool Arguments::*, std::string Arguments::*, int Arguments::*,
                              std::uint64_t Arguments::*, SignalChoice Arguments::*,
                              std::optional<std::chrono::microseconds> Arguments::*>;

  std::string_view names;  // "-n,--nonblock"
  std::string_view value;  // what it takes; empty: nothing
  std::string_view help;
  Target target;
  WordKind kind = WordKind::any;  // of its value
};

struct Operand {
  using Target = std::variant<std::string Arguments::*, std::vector<std::string> Arguments::*>;

  std::string_view name;  // "NAME"; with a list as target any number may stand there
  std::string_view help;
  Target target;
  WordKind kind = WordKind::any;
  bool required = true;

  bool is_list() const { return target.index() == 1; }
};

struct CommandForm {
  std::string_view name;
  std::string_view summary;
  std::span<const Operand> operands = {};
  bool takes_command = false;  // "-- CMD..."
  bool takes_mount = true;
  std::span<const Option> options = {};  // beside --mount
  Result<int> (*run)(const Arguments&, const Streams&) = nullptr;
};

std::span<const CommandForm> lockctl_commands();
// Null if there is none of that name.
const CommandForm* find_command(std::string_view name);
// Before any command, and behind those that take a mount.
const Option& mount_option();
// "break NAME[@UNIT] [REASON...]"
std::string usage_of(const CommandForm& form);

}  // namespace lockfs
