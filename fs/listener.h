// A socket that listens for the clients of a socket door.
//
// A connection that is lost without our having closed it ends, over TCP, in a reset and not as if
// all had been said: lockerd's clients would take that for leave to go on without the lock.
#pragma once

#include <string>

#include "fs/descriptor.h"
#include "fs/socket_address.h"

namespace lockfs {

// Nothing, and `error` says where and why, if it cannot be had. The file of a Unix socket that
// nobody listens at is replaced.
Descriptor open_listener(const std::string& address, std::string& error);

// Non-blocking. None if nobody is there; then `exhausted` says whether it was for want of
// descriptors.
Descriptor accept_one(int listener, bool& exhausted);

// Lets the peer know that all has been said, and drops what it still says: whoever closes a socket
// with something unread tells the peer of a failure.
void part_from(int socket);
bool has_parted(int socket);

}  // namespace lockfs
