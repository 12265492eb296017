#include "tests/harness/door_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "tests/harness/sandbox.h"

namespace lockfs::test {
namespace {

int connect_to_path(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

int connect_to_port(const std::string& host, int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

DoorClient::DoorClient(const std::string& address) {
  const auto colon = address.rfind(':');
  fd_.reset(address[0] == '/'
                ? connect_to_path(address)
                : connect_to_port(address.substr(0, colon), std::stoi(address.substr(colon + 1))));
  const timeval limit{generous.count(), 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

bool DoorClient::say(const std::string& text) {
  std::size_t said = 0;
  while (said < text.size()) {
    const ssize_t now = ::send(fd_.get(), text.data() + said, text.size() - said, MSG_NOSIGNAL);
    if (now <= 0) return false;
    said += static_cast<std::size_t>(now);
  }
  return true;
}

std::string DoorClient::hear(std::size_t size) {
  std::string text;
  while (text.size() < size) {
    char chunk[4096];
    const ssize_t got = ::recv(fd_.get(), chunk, std::min(sizeof chunk, size - text.size()), 0);
    if (got <= 0) {
      ended_ = true;
      failed_ = got < 0;
      break;
    }
    text.append(chunk, static_cast<std::size_t>(got));
  }
  return text;
}

std::string DoorClient::hear_all() {
  std::string text;
  while (!ended_) text += hear(4096);
  return text;
}

void DoorClient::half_close() { ::shutdown(fd_.get(), SHUT_WR); }

std::string lockerd_lines(const std::string& user, const std::string& locks,
                          const std::string& command, const std::string& more) {
  return "user " + user + "\nlocks " + locks + "\n" + more + command + "\n\n";
}

std::string lockerd_request(const std::string& address, const std::string& user,
                            const std::string& locks, const std::string& command,
                            const std::string& more) {
  DoorClient client(address);
  client.say(lockerd_lines(user, locks, command, more) + "EOF\n\n");
  return client.hear_all();
}

int free_port() {
  const Descriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace lockfs::test
