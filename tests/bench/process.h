// Processes that a case starts, and what it needs to wait for them. Whatever fails ends the whole
// run with a message: a figure that is missing helps nobody.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace lockfs::bench {

// Says what went wrong, with errno's words, and ends this process.
[[noreturn]] void fail(const std::string& what);

// Waits until it is so, at most a minute.
void wait_until(const std::string& what, const std::function<bool()>& condition);

// Starts a program without output.
pid_t spawn(const std::vector<std::string>& command);
// Runs a program without output until it ends; one that fails ends the run.
void run(const std::vector<std::string>& command);
// Whether the process ends within the limit; it is reaped then.
bool ends(pid_t pid, std::chrono::seconds limit);

// Children that do each its part of a work, all from the same moment on. They end with their owner,
// and if this process dies.
class Team {
 public:
  // Forks them; each waits for go(). `part(i)` is run by the ith.
  Team(int size, const std::function<void(int)>& part);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  void go();
  void wait_for_all();

 private:
  int start_ = -1;  // closed to begin
  std::vector<pid_t> children_;
};

}  // namespace lockfs::bench
