// What an errno from a file of a mount means to the person who typed the command. Any thread.
#pragma once

#include <string>

#include "tools/failure.h"
#include "tools/mount.h"

namespace lockfs {

// Of opening or reading a file that every mount has, such as status.
Failure mount_failure(const std::string& mount, int error);

// Of opening a lock's file, or its JSON.
Failure open_failure(const LockFile& lock, int error);

// Of flock(2) on it. The exit statuses are flock(1)'s.
Failure lock_failure(const LockFile& lock, int error);

}  // namespace lockfs
