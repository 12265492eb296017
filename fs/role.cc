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

constexpr std::size_t max_words = 1000;

// In a child that could not become what it should. Allocates nothing.
[[noreturn]] void say_and_end(int peer) {
  std::array<char, 200> packet{};
  packet.front() = static_cast<char>(Message::failed);
  const std::string_view words = ::strerrordesc_np(errno);
  const std::size_t size = words.copy(packet.data() + 1, packet.size() - 1);
  ::send(peer, packet.data(), 1 + size, MSG_NOSIGNAL | MSG_DONTWAIT);
  ::_exit(127);
}

void close_on_exec(int fd) { ::fcntl(fd, F_SETFD, FD_CLOEXEC); }

// To their places for an exec. Nothing here allocates: it may run between fork and exec. The copies
// come first, for a source may be a target.
void move_descriptors(const std::array<int, 3>& sources) {
  std::array<int, 3> copies{};
  for (std::size_t i = 0; i < sources.size(); ++i) {
    copies[i] = ::fcntl(sources[i], F_DUPFD_CLOEXEC, first_spare_fd);
  }
  for (std::size_t i = 0; i < copies.size(); ++i) ::dup2(copies[i], fuse_fd + static_cast<int>(i));
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
    move_descriptors({holdings.fuse.get(), holdings.journal.get(), theirs.get()});
    ::execve(executable, program.arguments, environment.get());
    say_and_end(peer_fd);
  }
  if (role == Role::keeper && spawned.pid > 0) ::waitpid(spawned.pid, nullptr, 0);
  return spawned;
}

Descriptor dead_peer() {
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) != 0) return {};
  ::close(sockets[1]);
  return Descriptor(sockets[0]);
}

Descriptor executable_of(pid_t process) {
  const std::string path = "/proc/" + std::to_string(process) + "/exe";
  return Descriptor(::open(path.c_str(), O_PATH | O_CLOEXEC));
}

// Not by the file: it may have been replaced once more, by one that cannot read the journal.
void become_keeper(const Holdings& holdings, const Program& program, const Descriptor& executable) {
  const RoleEnvironment environment(Role::keeper, program.file);
  const Descriptor out_of_the_way(::fcntl(executable.get(), F_DUPFD_CLOEXEC, first_spare_fd));
  move_descriptors({holdings.fuse.get(), holdings.journal.get(), holdings.peer.get()});
  ::execveat(out_of_the_way.get(), "", program.arguments, environment.get(), AT_EMPTY_PATH);
}

bool send(const Descriptor& peer, Message message, std::string_view words) {
  const auto packet = static_cast<char>(message) + std::string(words.substr(0, max_words));
  return ::send(peer.get(), packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 ||
         errno != EAGAIN;
}

std::optional<Message> receive(const Descriptor& peer, bool& ended) {
  std::string ignored;
  return receive(peer, ended, ignored);
}

std::optional<Message> receive(const Descriptor& peer, bool& ended, std::string& words) {
  auto packet = receive_packet(peer, ended);
  if (!packet) return std::nullopt;
  words = std::move(packet->words);
  return packet->message;
}

namespace {

struct alignas(cmsghdr) AncillaryRoom {
  std::array<char, CMSG_SPACE(max_packet_sockets * sizeof(int))> room{};
};

msghdr message_header(iovec& words, AncillaryRoom& control, std::size_t control_size) {
  msghdr header{};
  header.msg_iov = &words;
  header.msg_iovlen = 1;
  header.msg_control = control.room.data();
  header.msg_controllen = control_size;
  return header;
}

std::vector<Descriptor> take_sockets(msghdr& header) {
  std::vector<Descriptor> sockets;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      sockets.emplace_back(fd);
    }
  }
  return sockets;
}

}  // namespace

Sending send_sockets(const Descriptor& peer, std::span<const int> sockets) {
  char letter = static_cast<char>(Message::keep);
  iovec words{&letter, 1};
  AncillaryRoom control;
  msghdr header = message_header(words, control, CMSG_SPACE(sockets.size_bytes()));
  cmsghdr* part = CMSG_FIRSTHDR(&header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sockets.size_bytes());
  std::memcpy(CMSG_DATA(part), sockets.data(), sockets.size_bytes());
  if (::sendmsg(peer.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return Sending::done;
  const bool full = errno == EAGAIN || errno == EINTR || errno == ENOBUFS || errno == ETOOMANYREFS;
  return full ? Sending::not_now : Sending::never;
}

std::optional<Packet> receive_packet(const Descriptor& peer, bool& ended) {
  std::array<char, 1 + max_words> packet{};
  iovec room{packet.data(), packet.size()};
  AncillaryRoom control;
  msghdr header = message_header(room, control, control.room.size());
  const ssize_t got = ::recvmsg(peer.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  ended = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  if (got <= 0) return std::nullopt;
  return Packet{static_cast<Message>(packet.front()),
                std::string(packet.data() + 1, static_cast<std::size_t>(got) - 1),
                take_sockets(header)};
}

}  // namespace lockfs
