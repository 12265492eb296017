// A command run for somebody who waits for it and passes the signals on that were meant for it.
#pragma once

#include <string>
#include <vector>

#include "tools/failure.h"

namespace lockfs {

// Runs the command (looked for in PATH) with these variables ("NAME=VALUE") added to, or standing
// for, those of the environment, and waits for its end. Returns its exit status, or 128 + N if
// signal N ended it. Meanwhile SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1 and SIGUSR2 go to the
// command and do nothing here; what the terminal sends to all of the foreground, the command has
// got already. Signals must not be taken by another thread.
Result<int> run_child(const std::vector<std::string>& command,
                      const std::vector<std::string>& variables);

}  // namespace lockfs
