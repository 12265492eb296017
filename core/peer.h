// Who is at the other end of a connection to a socket door.
#pragma once

#include <cstdint>
#include <string>

#include "core/types.h"

namespace lockfs {

enum class Protocol : std::uint8_t { lockerd, mutexdaemon, last = mutexdaemon };

struct Peer {
  Protocol protocol = Protocol::lockerd;
  std::string host;         // its address; empty: this host
  uid_t uid = unknown_uid;  // by the credentials of a Unix socket
  pid_t pid = 0;            // by these too
  std::int64_t since = 0;   // when it connected: nanoseconds since boot
};

}  // namespace lockfs
