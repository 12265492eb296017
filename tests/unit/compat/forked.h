// One of the older systems' programs in a process of its own: for those whose command takes the
// process's place, or that never end. Killed when its owner goes.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "fs/descriptor.h"
#include "tools/compat/program.h"

namespace lockfs::compat {

class Forked {
 public:
  Forked(const Program& program, const std::vector<std::string>& args) {
    int pipe[2];
    if (::pipe(pipe) != 0) std::abort();
    out_.reset(pipe[0]);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(pipe[1], STDOUT_FILENO);
      ::dup2(pipe[1], STDERR_FILENO);
      ::close(pipe[1]);
      ::close(pipe[0]);
      ::_exit(perform(program, args, {std::cout, std::cerr}));
    }
    ::close(pipe[1]);
  }
  Forked(const Forked&) = delete;
  Forked& operator=(const Forked&) = delete;
  ~Forked() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }

  // The next line that it prints, or what is left at its end.
  std::string line() const {
    std::string text;
    for (char c = 0; ::read(out_.get(), &c, 1) == 1 && c != '\n';) text += c;
    return text;
  }
  // Its exit status; 128 + N: signal N ended it.
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  Descriptor out_;
  pid_t pid_ = 0;
};

// One that was a process, and is none.
inline pid_t dead_pid() {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  ::waitpid(pid, nullptr, 0);
  return pid;
}

}  // namespace lockfs::compat
