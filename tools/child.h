// A command run for somebody who waits for it, passes the signals on that were meant for it, and
// ends it when the lock that it runs under is lost.
#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "tools/failure.h"

namespace lockfs {

// How the loss of a lock is learnt, and what is done about it.
struct LossWatch {
  int fd = -1;           // polls POLLERR once the lock is lost; -1: it cannot be
  int signal = SIGTERM;  // to the command and its descendants; 0: they are let alone
  std::chrono::milliseconds grace{10'000};  // for what lives then, SIGKILL
  std::function<void()> on_loss = [] {};    // before the signal
};

struct ChildEnd {
  int status = 0;  // its exit status, or 128 + N if signal N ended it
  bool lost_lock = false;
};

// Runs the command as spawn() does and waits for its end; after a loss, also for that of the
// descendants it had then. Meanwhile SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1 and SIGUSR2 go to
// the command and do nothing here; what the terminal sends to all of the foreground, the command
// has got already. Signals must not be taken by another thread.
Result<ChildEnd> run_child(const std::vector<std::string>& command,
                           const std::vector<std::string>& variables, const LossWatch& watch);

// The same without a lock to lose: the status.
Result<int> run_child(const std::vector<std::string>& command,
                      const std::vector<std::string>& variables);

}  // namespace lockfs
