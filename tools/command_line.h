// The command line, parsed by the table in arguments.h. The only file that knows CLI11.
#pragma once

#include <span>
#include <string>
#include <variant>

#include "tools/arguments.h"

namespace lockfs {

struct Invocation {
  const CommandForm* form = nullptr;
  Arguments arguments;
};

// What --help or --version asked for.
struct Information {
  std::string text;
};

using ParsedCommandLine = std::variant<Invocation, Information, Failure>;

ParsedCommandLine parse_command_line(std::span<const std::string> args);

}  // namespace lockfs
