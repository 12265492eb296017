// lockctl, the client: what it does, a shell can do with the files of the mount.
//
// A function of its arguments (without the program's name) and streams; beside them it looks at the
// environment (LOCKFS_MOUNT, and what it hands on to a command) and the mounts of this process.
// `run` waits for its command with signals blocked in the calling thread.
#pragma once

#include <span>
#include <string>

#include "tools/streams.h"

namespace lockfs {

// Returns the exit status that lockctl(1) documents.
int lockctl(std::span<const std::string> args, const Streams& streams);

}  // namespace lockfs
