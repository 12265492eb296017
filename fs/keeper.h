// The keeper: a small process that holds the descriptors and restarts the worker when it dies.
//
// It knows nothing of locks. Signals that come to it (it is the process that was started, whose id
// is in the pid file) it passes on to the worker.
#pragma once

#include "fs/options.h"
#include "fs/role.h"

namespace lockfs {

// A worker that dies of itself (not by SIGKILL) so often within so many seconds will go on doing
// so: then the mount is taken down. More than a request costs that kills its handler twice.
inline constexpr int max_crashes = 10;
inline constexpr int crash_window_s = 60;

// How long a successor may take to come up before it is given up for the old worker.
inline constexpr int upgrade_limit_s = 10;

// Keeps until the worker leaves in good order; the exit status of the process. Without a worker
// (`holdings.peer` empty) one is started first.
int keep(Holdings holdings, const Options& options, const Program& program);

}  // namespace lockfs
