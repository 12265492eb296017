#include "fs/role.h"

#include <fcntl.h>
#include <sys/socket.h>
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

// Between fork and exec: nothing here allocates. The copies come first, for a source may be a
// target.
[[noreturn]] void become(const std::array<int, 3>& sources, char* const* arguments,
                         char* const* environment) {
  std::array<int, 3> copies{};
  for (std::size_t i = 0; i < sources.size(); ++i) {
    copies[i] = ::fcntl(sources[i], F_DUPFD_CLOEXEC, first_spare_fd);
  }
  for (std::size_t i = 0; i < copies.size(); ++i) ::dup2(copies[i], fuse_fd + static_cast<int>(i));
  // A process group of its own: the terminal's Ctrl-C is for the keeper, which passes it on once.
  ::setpgid(0, 0);
  ::execve("/proc/self/exe", arguments, environment);
  ::_exit(127);
}

std::vector<char*> environment_for(std::string& role) {
  std::vector<char*> environment;
  const std::size_t length = std::strlen(variable);
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    if (std::strncmp(*entry, variable, length) != 0) environment.push_back(*entry);
  }
  environment.push_back(role.data());
  environment.push_back(nullptr);
  return environment;
}

}  // namespace

std::optional<InheritedRole> inherited_role() {
  const char* value = std::getenv(variable);
  if (value == nullptr || (*value != 'k' && *value != 'w') || value[1] != '\0') return std::nullopt;
  InheritedRole inherited;
  inherited.role = static_cast<Role>(*value);
  inherited.holdings.fuse.reset(fuse_fd);
  inherited.holdings.journal.reset(journal_fd);
  inherited.holdings.peer.reset(peer_fd);
  for (const int fd : {fuse_fd, journal_fd, peer_fd}) close_on_exec(fd);
  ::unsetenv(variable);
  return inherited;
}

Spawned spawn(Role role, const Holdings& holdings, char* const* arguments) {
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) != 0) return {};
  Spawned spawned{-1, Descriptor(sockets[0])};
  const Descriptor theirs(sockets[1]);
  std::string value = std::string(variable) + "=" + static_cast<char>(role);
  const auto environment = environment_for(value);
  spawned.pid = ::fork();
  if (spawned.pid == 0) {
    become({holdings.fuse.get(), holdings.journal.get(), theirs.get()}, arguments,
           environment.data());
  }
  return spawned;
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
