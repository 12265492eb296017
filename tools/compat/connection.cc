#include "tools/compat/connection.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>

namespace lockfs::compat {
namespace {

tl::unexpected<Failure> errno_failure(const std::string& name, int error) {
  return failure(error, name + ": " + std::strerror(error));
}

int milliseconds_to(const Deadline& deadline) {
  using std::chrono::milliseconds;
  if (!deadline) return -1;
  const auto left =
      std::chrono::ceil<milliseconds>(*deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
}

Descriptor stream_socket(int family) {
  return Descriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

// A wait without a limit ends when the server's host has gone without a word.
Descriptor tcp_socket() {
  Descriptor fd = stream_socket(AF_INET);
  const int yes = 1;
  const int idle_s = 60;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  return fd;
}

}  // namespace

Result<void> Connection::wait(short events, const Deadline& deadline) const {
  for (;;) {
    pollfd ready{fd_.get(), events, 0};
    const int got = ::poll(&ready, 1, milliseconds_to(deadline));
    if (got > 0) return {};
    if (got == 0) return failure(ETIMEDOUT, "no answer in time");
    if (errno != EINTR) return errno_failure("poll", errno);
  }
}

Result<Connection> Connection::connect(Descriptor fd, const void* address, unsigned size,
                                       const std::string& name, const Deadline& deadline) {
  if (!fd) return errno_failure(name, errno);
  Connection connection(std::move(fd));
  const int socket = connection.fd_.get();
  if (::connect(socket, static_cast<const sockaddr*>(address), size) == 0) return connection;
  if (errno != EINPROGRESS && errno != EINTR) return errno_failure(name, errno);
  if (const auto ready = connection.wait(POLLOUT, deadline); !ready) {
    return failure(ready.error().status, name + ": " + ready.error().message);
  }
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return errno_failure(name, error);
  return connection;
}

Result<Connection> Connection::to_host(const std::string& host, const std::string& port,
                                       const Deadline& deadline) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string name = host + ":" + port;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return failure(EHOSTUNREACH, name + ": " + ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  return connect(tcp_socket(), found->ai_addr, found->ai_addrlen, name, deadline);
}

Result<Connection> Connection::to_socket(const std::string& path, const Deadline& deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return errno_failure(path, ENAMETOOLONG);
  std::copy(path.begin(), path.end(), address.sun_path);
  return connect(stream_socket(AF_UNIX), &address, sizeof address, path, deadline);
}

Result<void> Connection::send(std::string_view bytes, const Deadline& deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (sent >= 0 || errno == EINTR) continue;
    if (errno != EAGAIN) return errno_failure("sending", errno);
    if (auto ready = wait(POLLOUT, deadline); !ready) return ready;
  }
  return {};
}

Result<std::string> Connection::receive(const Deadline& deadline) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (got >= 0) return std::string(buffer.data(), static_cast<std::size_t>(got));
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return errno_failure("receiving", errno);
    if (const auto ready = wait(POLLIN, deadline); !ready) {
      return tl::make_unexpected(ready.error());
    }
  }
}

}  // namespace lockfs::compat
