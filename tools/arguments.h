// The command line as a value, and the table of what may stand on it.
//
// The table is the one place that knows a command or an option: the parser, the help text and the
// comparison with lockctl(1) are made from it. Constant; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tools/failure.h"
#include "tools/streams.h"

namespace lockfs {

struct Arguments {
  std::string mount;  // empty: look for one
  bool json = false;
  bool lax_accounts = false;
  bool nonblock = false;
  bool shared = false;
  std::optional<std::chrono::microseconds> wait;  // absent: for as long as it takes
  int conflict_status = exit_status::refused;
  std::string subject;               // the lock's name or path, or the file
  std::vector<std::string> command;  // what stands behind "--"
};

struct Option {
  using Target = std::variant<bool Arguments::*, std::string Arguments::*, int Arguments::*,
                              std::optional<std::chrono::microseconds> Arguments::*>;

  std::string_view names;  // "-n,--nonblock"
  std::string_view value;  // what it takes; empty: nothing
  std::string_view help;
  Target target;
};

struct CommandForm {
  std::string_view name;
  std::string_view summary;
  std::string_view subject = {};  // what it is about: NAME, FILE; empty: nothing
  std::string_view subject_help = {};
  bool takes_command = false;  // "-- CMD..."
  bool takes_mount = true;
  std::span<const Option> options = {};  // beside --mount
  Result<int> (*run)(const Arguments&, const Streams&) = nullptr;
};

std::span<const CommandForm> lockctl_commands();
// Before any command, and behind those that take a mount.
const Option& mount_option();

}  // namespace lockfs
