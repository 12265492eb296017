// Processes as /proc shows them. But for start_of() everything here may block on a process's memory
// map: worker thread only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/claim.h"

namespace lockfs {

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  std::int64_t started = 0;  // nanoseconds since boot, to 10 ms
};

// The process that this thread belongs to.
std::optional<Process> find_process(pid_t thread);

// When it was started, as in Process; nothing if there is none.
std::optional<std::int64_t> start_of(pid_t pid);

// The process that opened a descriptor, if it still lives; not another that got its id.
std::optional<Process> find_opener(const Client& client);

// The process of this thread and all its ancestors, itself first.
std::vector<pid_t> lineage(pid_t thread);

// The command line, arguments joined by blanks, at most 4 KiB; the command's name where there is
// none.
std::string command_line(pid_t pid);

}  // namespace lockfs
