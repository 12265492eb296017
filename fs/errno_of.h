// Core's reasons as errno, at the kernel's door.
#pragma once

#include "core/reason.h"

namespace lockfs {

// 0 for Reason::none. Never EIO or EBADF, which flock(1) takes for NFS's and tries again, and EINTR
// only for `interrupted`: unasked it would reach the program as errno 512.
int errno_of(Reason reason);

}  // namespace lockfs
