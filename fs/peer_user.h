// Whose process is at the other end of a TCP connection within this host.
#pragma once

#include <sys/types.h>

#include <optional>

namespace lockfs {

// The kernel says, through sock_diag(7), which user made that socket. Nothing if it cannot. A
// netlink request that is answered at once: it does not block.
std::optional<uid_t> user_of_peer(int socket);

}  // namespace lockfs
