// Processes as /proc shows them. But for start_of() everything here may block on a process's memory
// map: worker thread only.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lockfs {

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  std::int64_t started = 0;  // nanoseconds since boot, to 10 ms
};

// The text of a file under /proc/PID, as far as `limit`; empty if there is none.
std::string read_proc(pid_t pid, const std::string& file, std::size_t limit);

// The process that this thread belongs to, unless it has ended.
std::optional<Process> find_process(pid_t thread);

// When it was started, as in Process; nothing if there is none.
std::optional<std::int64_t> start_of(pid_t pid);

// Processes and their ancestors, each looked up only once: for a moment's use.
class Ancestry {
 public:
  // The process of this thread first, then its parent and so on, at most so many.
  std::vector<Process> of(pid_t thread, std::size_t limit);

 private:
  const std::optional<Process>& find(pid_t pid);

  std::map<pid_t, std::optional<Process>> known_;
};

// The process of this thread and all its ancestors, itself first.
std::vector<pid_t> lineage(pid_t thread);

// The user as whom a process acts on files.
std::optional<uid_t> user_of(pid_t pid);

// The command line, arguments joined by blanks, at most 4 KiB; the command's name where there is
// none.
std::string command_line(pid_t pid);

}  // namespace lockfs
