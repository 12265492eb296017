// Mounts whose daemon is gone: both processes were killed, and whoever looks gets ENOTCONN.
#pragma once

#include <string>

namespace lockfs {

// Takes away the dead lockfs mounts on this path (resolve_mount_point()), one upon the other.
// Whether there was one. A mount that answers, or hangs, is alive: it stays. Never hangs itself;
// must come before the first thread.
bool detach_dead_mounts(const std::string& mount_point);

}  // namespace lockfs
