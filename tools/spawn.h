// Starting a command with variables and signals of its own.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <string>
#include <vector>

#include "tools/failure.h"

namespace lockfs {

// Starts the command (looked for in PATH) with these variables ("NAME=VALUE") added to, or standing
// for, those of the environment, and with this signal mask.
Result<pid_t> spawn(std::vector<std::string> command, const std::vector<std::string>& variables,
                    const sigset_t& mask);

}  // namespace lockfs
