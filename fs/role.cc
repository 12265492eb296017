#include "fs/role.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace lockfs {
namespace {

constexpr const char* variable = "LOCKFS_ROLE";

// Where the descriptors are across an exec.
constexpr int fuse_fd = 3;
constexpr int journal_fd = 4;
constexpr int peer_fd = 5;
constexpr int first_spare_fd = 10;

void close_on_exec(int fd) { ::fcntl(fd, F_SETFD, FD_CLOEXEC); }

// Executes with the descriptors in their places. Nothing here allocates: it may run between fork
// and exec. The copies come first, for a source may be a target.
void execute(const char* executable, const std::array<int, 3>& sources, char* const* arguments,
             char* const* environment) {
  std::array<int, 3> copies{};
  for (std::size_t i = 0; i < sources.size(); ++i) {
    copies[i] = ::fcntl(sources[i], F_DUPFD_CLOEXEC, first_spare_fd);
  }
  for (std::size_t i = 0; i < copies.size(); ++i) ::dup2(copies[i], fuse_fd + static_cast<int>(i));
  ::execve(executable, arguments, environment);
}

// The environment that tells a process its role: the letter, and the program's file.
class RoleEnvironment {
 public:
  RoleEnvironment(Role role, const std::string& file)
      : entry_(std::string(variable) + "=" + static_cast<char>(role) + file) {
    const std::size_t length = std::strlen(variable);
    for (char** entry = ::environ; *entry != nullptr; ++entry) {
      if (std::strncmp(*entry, variable, length) != 0) pointers_.push_back(*entry);
    }
    pointers_.push_back(entry_.data());
    pointers_.push_back(nullptr);
  }
  char* const* get() const { return pointers_.data(); }

 private:
  std::string entry_;
  std::vector<char*> pointers_;
};

bool is_role(char letter) {
  const auto role = static_cast<Role>(letter);
  return role == Role::keeper || role == Role::worker || role == Role::survivor ||
         role == Role::successor;
}

}  // namespace

std::optional<InheritedRole> inherited_role() {
  const char* value = std::getenv(variable);
  if (value == nullptr || !is_role(*value)) return std::nullopt;
  InheritedRole inherited;
  inherited.role = static_cast<Role>(*value);
  inherited.program = value + 1;
  inherited.holdings.fuse.reset(fuse_fd);
  inherited.holdings.journal.reset(journal_fd);
  inherited.holdings.peer.reset(peer_fd);
  for (const int fd : {fuse_fd, journal_fd, peer_fd}) close_on_exec(fd);
  ::unsetenv(variable);
  return inherited;
}

std::string program_file() {
  std::array<char, 4096> path{};
  const ssize_t size = ::readlink(this_program, path.data(), path.size());
  return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : std::string();
}

Spawned spawn(Role role, const Holdings& holdings, const Program& program, const char* executable) {
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) != 0) return {};
  Spawned spawned{-1, Descriptor(sockets[0])};
  const Descriptor theirs(sockets[1]);
  const RoleEnvironment environment(role, program.file);
  spawned.pid = ::fork();
  if (spawned.pid == 0) {
    // A process group of its own: the terminal's Ctrl-C is for the keeper, which passes it on once.
    ::setpgid(0, 0);
    // A new keeper is the service manager's child, or init's: not of the worker, which it outlives.
    if (role == Role::keeper && ::fork() != 0) ::_exit(0);
    execute(executable, {holdings.fuse.get(), holdings.journal.get(), theirs.get()},
            program.arguments, environment.get());
    ::_exit(127);
  }
  if (role == Role::keeper && spawned.pid > 0) ::waitpid(spawned.pid, nullptr, 0);
  return spawned;
}

void become_keeper(const Holdings& holdings, const Program& program) {
  const RoleEnvironment environment(Role::keeper, program.file);
  execute(program.file.c_str(), {holdings.fuse.get(), holdings.journal.get(), holdings.peer.get()},
          program.arguments, environment.get());
}

void send(const Descriptor& peer, Message message) {
  ::send(peer.get(), &message, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

std::optional<Message> receive(const Descriptor& peer, bool& ended) {
  Message message{};
  const ssize_t got = ::recv(peer.get(), &message, 1, MSG_DONTWAIT);
  ended = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  return got == 1 ? std::optional(message) : std::nullopt;
}

}  // namespace lockfs
