// The keeper: a small process that holds the descriptors and restarts the worker when it dies.
//
// It knows nothing of locks. Signals that come to it (it is the process that was started, whose id
// is in the pid file) it passes on to the worker (passed_signals.h), but one: SIGUSR2 ends both
// processes, leaving everything as it is, for a service manager that keeps the descriptors
// (service_manager.h) and starts the program on disk with them.
#pragma once

#include <cstddef>

#include "fs/options.h"
#include "fs/role.h"

namespace lockfs {

// A worker that dies of itself (not by SIGKILL) so often within so many seconds will go on doing
// so: then the mount is taken down, and the log says who held what. More than a request costs that
// kills its handler twice.
inline constexpr int max_crashes = 10;
inline constexpr int crash_window_s = 60;

// A worker that dies by SIGKILL is started again at once, but beyond so many in so many seconds
// after a pause that grows to half a second. It is never given up.
inline constexpr std::size_t max_prompt_restarts = 50;
inline constexpr int kill_window_s = 10;

// How long a successor may take to come up before it is given up for the old worker.
inline constexpr int upgrade_limit_s = 10;

enum class Ending {
  left,        // the worker left in good order
  gave_up,     // it died too often: the mount is taken down
  put_by,      // both processes end, and all goes on in the next that get the descriptors
  superseded,  // the mount has another worker, with a keeper of its own
};

// Keeps until there is an end to it. Without a worker (`holdings.peer` empty) one is started first,
// in that role.
Ending keep(Holdings holdings, const Options& options, const Program& program, Role first);

}  // namespace lockfs
