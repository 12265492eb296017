// The completion of lockctl's command lines for bash, made from the table in arguments.h.
#pragma once

#include <string>

#include "tools/arguments.h"

namespace lockfs {

// A script to be sourced, or put where bash-completion looks under the name lockctl.
std::string bash_completion();

// The command that prints it.
Result<int> print_completion(const Arguments& arguments, const Streams& streams);

}  // namespace lockfs
