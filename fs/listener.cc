#include "fs/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace lockfs {
namespace {

constexpr int backlog = 4096;

void set_option(int fd, int level, int name, int value) {
  ::setsockopt(fd, level, name, &value, sizeof value);
}

// For no time: a socket that is closed while it lingers so is reset. (A Unix socket's is only the
// mark that it was not parted from.)
void set_lingering(int fd, bool lingers) {
  const linger how{lingers ? 1 : 0, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &how, sizeof how);
}

// Accepted sockets inherit these.
void set_tcp_options(int fd, bool v6) {
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_lingering(fd, true);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  if (v6) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
}

std::string cannot_listen(const std::string& address, const char* why) {
  return "cannot listen at " + address + ": " + why;
}

bool is_dead_socket(const SocketAddress& address) {
  struct stat st {};
  if (::lstat(address.text().c_str(), &st) != 0 || !S_ISSOCK(st.st_mode)) return false;
  const Descriptor client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return ::connect(client.get(), address.get(), address.size) != 0 && errno == ECONNREFUSED;
}

}  // namespace

Descriptor open_listener(const std::string& text, std::string& error) {
  const auto address = SocketAddress::parse(text);
  if (!address) {
    error = cannot_listen(text, "not an address");
    return {};
  }
  Descriptor fd(
      ::socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (address->is_path()) {
    if (is_dead_socket(*address)) ::unlink(text.c_str());
  } else if (fd) {
    set_tcp_options(fd.get(), address->storage.ss_family == AF_INET6);
  }
  if (!fd || ::bind(fd.get(), address->get(), address->size) != 0 ||
      ::listen(fd.get(), backlog) != 0) {
    error = cannot_listen(text, std::strerror(errno));
    return {};
  }
  // Whoever may connect is asked for credentials.
  if (address->is_path()) ::chmod(text.c_str(), 0666);
  return fd;
}

Descriptor accept_one(int listener, bool& exhausted) {
  for (int tries = 0; tries < 16; ++tries) {
    Descriptor socket(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket) {
      set_lingering(socket.get(), true);
      return socket;
    }
    exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    if (errno == EAGAIN || exhausted) break;  // others are a connection's own, that is gone already
  }
  return {};
}

void part_from(int socket) {
  set_lingering(socket, false);
  ::shutdown(socket, SHUT_WR);
  std::array<char, 4096> dropped{};
  for (int i = 0; i < 16; ++i) {
    if (::recv(socket, dropped.data(), dropped.size(), MSG_DONTWAIT) <= 0) return;
  }
}

bool has_parted(int socket) {
  linger how{};
  socklen_t size = sizeof how;
  return ::getsockopt(socket, SOL_SOCKET, SO_LINGER, &how, &size) == 0 && how.l_onoff == 0;
}

}  // namespace lockfs
