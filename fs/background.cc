#include "fs/background.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>

namespace lockfs {
namespace {

// Ends as the child did, once it is ready or gone.
[[noreturn]] void wait_for(pid_t child, int from_child) {
  char byte = 0;
  while (::read(from_child, &byte, 1) < 0 && errno == EINTR) {
  }
  if (byte != 0) ::_exit(0);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

}  // namespace

void Background::enter() {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) std::abort();
  Descriptor from_child(pipe[0]);
  to_parent_.reset(pipe[1]);
  const pid_t child = ::fork();
  if (child < 0) std::abort();
  if (child > 0) {
    to_parent_.reset();
    wait_for(child, from_child.get());
  }
  ::setsid();
}

void Background::ready() {
  if (!to_parent_) return;
  static_cast<void>(!::chdir("/"));
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null.get(), fd);
  static_cast<void>(!::write(to_parent_.get(), "1", 1));
  to_parent_.reset();
}

PidFile::~PidFile() {
  if (written_ && names_us()) ::unlink(path_.c_str());
}

// Another keeper may have taken our place.
bool PidFile::names_us() const {
  pid_t pid = 0;
  std::ifstream(path_) >> pid;
  return pid == ::getpid();
}

bool PidFile::write() {
  if (path_.empty()) return true;
  const Descriptor fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  const std::string text = std::to_string(::getpid()) + "\n";
  written_ = fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  return written_;
}

}  // namespace lockfs
