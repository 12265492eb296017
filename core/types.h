// The plain words every part speaks: identities, modes and moments.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace lockfs {

// How a lock is held: flock(2)'s LOCK_SH and LOCK_EX.
enum class Mode : std::uint8_t { shared, exclusive, last = exclusive };

// The door through which a claim came, as the status column VIA names it.
enum class Via : std::uint8_t { flock, fcntl, hold, lockerd, mutexdaemon, last = mutexdaemon };

// A number the kernel knows a file of ours by.
enum class NodeId : std::uint64_t { none = 0 };

// An open file description: the kernel's `fh`. Given out by the engine, never used twice.
enum class HandleId : std::uint64_t { none = 0 };

// A request that somebody waits for an answer to. The number is the door's own (for FUSE the
// kernel's `unique` without bit 63) and so is the same when the request comes again to a successor.
enum class RequestId : std::uint64_t { none = 0 };

// A connection to one of the socket doors: the kernel's cookie of the socket, the same for whoever
// has it open.
enum class ConnectionId : std::uint64_t { none = 0 };

// Of somebody whose user id this machine cannot know.
inline constexpr uid_t unknown_uid = static_cast<uid_t>(-2);

// A place in the one queue that orders all requests; smaller came earlier.
using Ticket = std::uint64_t;

// A fencing token: every grant gets one, each larger than all before it. Below 2^53.
using Token = std::uint64_t;

// A moment, read outside and handed in with each event: nanoseconds since 1970 for people.
using WallTime = std::int64_t;

}  // namespace lockfs
