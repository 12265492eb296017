// Keeper and worker: the two processes that a mount lives in, and what one hands the other over
// exec.
//
// The keeper holds descriptors and restarts the worker; the worker does the work, holds them too
// and restarts the keeper. Each runs the same program with the same arguments; an environment
// variable tells which it is. Between them is a socket: a byte is a message, its end is the other's
// death.
#pragma once

#include <optional>
#include <string>

#include "fs/descriptor.h"

namespace lockfs {

enum class Role : char { keeper = 'k', worker = 'w' };

// What both hold, whoever dies.
struct Holdings {
  Descriptor fuse;     // /dev/fuse, mounted
  Descriptor journal;  // the memfd
  Descriptor peer;     // the socket to the other
};

// One byte on the socket to the other process.
enum class Message : char {
  leaving = 'L',    // worker: done, do not start me again
  terminate = 'T',  // keeper: a signal for the worker that came to the keeper
  interrupt = 'I',
  reload = 'H',
  upgrade = 'U',
};

struct InheritedRole {
  Role role = Role::worker;
  Holdings holdings;
};

// What this process was started as; nothing: by a user.
std::optional<InheritedRole> inherited_role();

struct Spawned {
  pid_t pid = -1;   // -1: it could not be started
  Descriptor peer;  // our end of the socket to it
};

// Starts this very program (also if its file was replaced meanwhile) in that role.
Spawned spawn(Role role, const Holdings& holdings, char* const* arguments);

void send(const Descriptor& peer, Message message);
// The next message without waiting; nothing: none yet; `ended`: the other is gone.
std::optional<Message> receive(const Descriptor& peer, bool& ended);

}  // namespace lockfs
