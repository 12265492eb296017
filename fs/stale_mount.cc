#include "fs/stale_mount.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "fs/descriptor.h"
#include "fs/mounts.h"

namespace lockfs {
namespace {

// A dead mount answers at once, one that dies meanwhile when it does; what takes longer is alive.
constexpr int answer_limit_ms = 5000;
constexpr int max_mounts = 100;

// In a process of its own, which holds nothing of ours: if the mount hangs, so does it. Nothing
// here allocates.
[[noreturn]] void look(const char* path, int answer_to) {
  ::dup2(answer_to, STDIN_FILENO);
  ::close_range(STDIN_FILENO + 1, ~0U, 0);
  struct statx st {};
  // From the daemon, not from what the kernel remembers of it.
  const int result =
      ::statx(AT_FDCWD, path, AT_STATX_FORCE_SYNC | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &st);
  const int error = result == 0 ? 0 : errno;
  static_cast<void>(!::write(STDIN_FILENO, &error, sizeof error));
  ::_exit(0);
}

// The child of a child, which nobody has to wait for.
void start_looking(const char* path, int answer_to) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::fork() == 0) look(path, answer_to);
    ::_exit(0);
  }
  if (child > 0) ::waitpid(child, nullptr, 0);
}

bool is_dead(const std::string& mount_point) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return false;
  const Descriptor answers(pipe[0]);
  Descriptor answer_to(pipe[1]);
  start_looking(mount_point.c_str(), answer_to.get());
  answer_to.reset();
  pollfd source{answers.get(), POLLIN, 0};
  if (::poll(&source, 1, answer_limit_ms) != 1) return false;
  int error = 0;
  if (::read(answers.get(), &error, sizeof error) != sizeof error) return false;
  return error == ENOTCONN || error == ECONNABORTED;
}

}  // namespace

bool detach_dead_mounts(const std::string& mount_point) {
  int detached = 0;
  while (detached < max_mounts && is_lockfs_mount(mount_point) && is_dead(mount_point)) {
    detach_mount(mount_point);
    ++detached;
  }
  return detached > 0;
}

}  // namespace lockfs
