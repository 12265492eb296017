#include "tests/bench/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>

namespace lockfs::bench {
namespace {

using Clock = std::chrono::steady_clock;

bool comes_true(const std::function<bool()>& condition, std::chrono::seconds limit) {
  const auto deadline = Clock::now() + limit;
  while (!condition()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace

void fail(const std::string& what) {
  std::perror(("lock_bench: " + what).c_str());
  std::_Exit(1);
}

void wait_until(const std::string& what, const std::function<bool()>& condition) {
  if (comes_true(condition, std::chrono::seconds(60))) return;
  errno = ETIMEDOUT;
  fail("waiting until " + what);
}

pid_t spawn(const std::vector<std::string>& command) {
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  errno = ::posix_spawnp(&pid, words[0], &actions, nullptr, words.data(), ::environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (errno != 0) fail(command.front());
  return pid;
}

void run(const std::vector<std::string>& command) {
  int status = 0;
  if (::waitpid(spawn(command), &status, 0) < 0 || status != 0) fail(command.front() + " failed");
}

bool ends(pid_t pid, std::chrono::seconds limit) {
  return comes_true([pid] { return ::waitpid(pid, nullptr, WNOHANG) == pid; }, limit);
}

Team::Team(int size, const std::function<void(int)>& part) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) fail("pipe");
  for (int i = 0; i < size; ++i) {
    const pid_t child = ::fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(pipe[1]);
      char nothing = 0;
      static_cast<void>(!::read(pipe[0], &nothing, 1));
      part(i);
      ::_exit(0);
    }
    children_.push_back(child);
  }
  ::close(pipe[0]);
  start_ = pipe[1];
}

void Team::go() { ::close(std::exchange(start_, -1)); }

void Team::wait_for_all() {
  for (const pid_t child : std::exchange(children_, {})) {
    int status = 0;
    if (::waitpid(child, &status, 0) < 0 || status != 0) fail("a client failed");
  }
}

Team::~Team() {
  if (start_ >= 0) go();
  for (const pid_t child : children_) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
}

}  // namespace lockfs::bench
