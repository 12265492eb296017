// The command run: a command under a lock, with flock(1)'s exit codes.
//
// lockctl holds the lock, not the command: a process that the command leaves behind in the
// background does not keep it.
#pragma once

#include "tools/arguments.h"

namespace lockfs {

Result<int> run_locked(const Arguments& arguments, const Streams& streams);

}  // namespace lockfs
