// The process in which a command runs for a unit (core/hook.h): this program once more, as somebody
// without rights, and below it a shell in a session of its own.
//
// It holds the reading end of a pipe, its lifeline. When the other end is closed, also because the
// daemon was killed, it kills whatever the command has started and did not put in a session of its
// own, and ends. Else it ends when the shell does, with its exit status, or 128 and the number of
// the signal that ended it.
//
//     sh -c 'COMMAND "$@"' lockfs-hook UNIT
//
// with LOCKFS_LOCK, LOCKFS_UNIT, PATH, HOME, USER and LOGNAME in the environment, in the root
// folder, with nothing to read; what it writes goes to one pipe.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "core/hook.h"
#include "fs/descriptor.h"

namespace lockfs {

struct HookCommand {
  std::string text;
  UnitPlace place;
  std::optional<uid_t> user;
};

struct HookProcess {
  pid_t pid = -1;
  Descriptor lifeline;
  Descriptor output;  // never blocks
};

// Nothing, with errno, if it cannot be started.
std::optional<HookProcess> start_hook(const HookCommand& command);

// For main(): whether this process is one, and what it does until its end. The exit status.
bool is_hook(int argc, char** argv);
int run_hook(char** argv);

}  // namespace lockfs
