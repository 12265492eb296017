#include "fs/socket_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace lockfs {
namespace {

// The address's own bytes; of an IPv4 address written as an IPv6 one those of the IPv4 address.
std::string bytes_of(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    const auto& address = reinterpret_cast<const sockaddr_in&>(storage).sin_addr;
    return {reinterpret_cast<const char*>(&address), sizeof address};
  }
  if (storage.ss_family != AF_INET6) return {};
  const auto& address = reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr;
  const std::string bytes(reinterpret_cast<const char*>(&address), sizeof address);
  return IN6_IS_ADDR_V4MAPPED(&address) ? bytes.substr(12) : bytes;
}

std::string to_figures(const std::string& bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  return ::inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr ? "" : text.data();
}

std::string bytes_of(const std::string& figures) {
  std::string bytes(16, '\0');
  if (::inet_pton(AF_INET, figures.c_str(), bytes.data()) == 1) return bytes.substr(0, 4);
  return ::inet_pton(AF_INET6, figures.c_str(), bytes.data()) == 1 ? bytes : std::string();
}

std::uint16_t port_of(const sockaddr_storage& storage) {
  const auto port = storage.ss_family == AF_INET
                        ? reinterpret_cast<const sockaddr_in&>(storage).sin_port
                        : reinterpret_cast<const sockaddr_in6&>(storage).sin6_port;
  return ntohs(port);
}

std::optional<SocketAddress> of_path(const std::string& path) {
  SocketAddress address;
  auto& unix_address = reinterpret_cast<sockaddr_un&>(address.storage);
  if (path.size() >= sizeof unix_address.sun_path) return std::nullopt;
  unix_address.sun_family = AF_UNIX;
  std::memcpy(unix_address.sun_path, path.c_str(), path.size() + 1);
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

struct HostAndPort {
  std::string host;
  std::string port;
};

std::optional<HostAndPort> split(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  HostAndPort parts{text.substr(0, colon), text.substr(colon + 1)};
  if (parts.host.size() > 2 && parts.host.front() == '[') {
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  }
  return parts;
}

template <class Call>
std::optional<SocketAddress> ask(Call call, int fd) {
  SocketAddress address;
  address.size = sizeof address.storage;
  const int status = call(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.size);
  return status == 0 ? std::optional(address) : std::nullopt;
}

using Found = std::vector<std::string>;

Found look_up(const HostAndPort& parts, int flags, std::string& error) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const char* host = parts.host == "*" ? nullptr : parts.host.c_str();
  if (const int status = ::getaddrinfo(host, parts.port.c_str(), &hints, &list); status != 0) {
    error = ::gai_strerror(status);
    return {};
  }
  Found found;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
    const std::string text = address.text();
    if (std::find(found.begin(), found.end(), text) == found.end()) found.push_back(text);
  }
  ::freeaddrinfo(list);
  return found;
}

}  // namespace

std::optional<SocketAddress> SocketAddress::parse(const std::string& text) {
  if (text.starts_with('/')) return of_path(text);
  const auto parts = split(text);
  if (!parts) return std::nullopt;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(parts->host.c_str(), parts->port.c_str(), &hints, &found) != 0) {
    return std::nullopt;
  }
  SocketAddress address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  ::freeaddrinfo(found);
  return address;
}

std::optional<SocketAddress> SocketAddress::of_listener(int fd) {
  int listens = 0;
  socklen_t size = sizeof listens;
  ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size);
  return listens == 0 ? std::nullopt : of_socket(fd);
}

std::optional<SocketAddress> SocketAddress::of_peer(int fd) { return ask(::getpeername, fd); }

std::optional<SocketAddress> SocketAddress::of_socket(int fd) { return ask(::getsockname, fd); }

bool SocketAddress::is_local() const {
  if (is_path()) return true;
  const std::string bytes = bytes_of(storage);
  if (bytes.size() == 4) return bytes[0] == 127;
  return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr);
}

std::string SocketAddress::text() const {
  if (is_path()) return reinterpret_cast<const sockaddr_un&>(storage).sun_path;
  const std::string figures = to_figures(bytes_of(storage));
  const bool brackets = figures.find(':') != std::string::npos;
  return (brackets ? "[" + figures + "]" : figures) + ":" + std::to_string(port_of(storage));
}

std::string SocketAddress::host() const {
  return is_path() ? std::string() : to_figures(bytes_of(storage));
}

std::vector<std::string> look_up_address(const std::string& host_and_port, std::string& error) {
  if (host_and_port.starts_with('/')) return {host_and_port};
  const auto parts = split(host_and_port);
  if (!parts) return {};
  return look_up(*parts, AI_PASSIVE, error);
}

Networks::Networks(const std::vector<std::string>& texts) {
  for (const auto& text : texts) {
    const auto slash = std::min(text.find('/'), text.size());
    Network network{bytes_of(text.substr(0, slash)), 0};
    network.bits = network.bytes.size() * 8;
    if (slash < text.size()) {
      std::from_chars(text.data() + slash + 1, text.data() + text.size(), network.bits);
    }
    if (!network.bytes.empty()) networks_.push_back(std::move(network));
  }
}

bool Networks::admit(const SocketAddress& peer) const {
  if (peer.is_local()) return true;
  const std::string bytes = bytes_of(peer.storage);
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    if (network.bytes.size() != bytes.size()) return false;
    for (std::size_t bit = 0; bit < network.bits && bit < bytes.size() * 8; ++bit) {
      const int mask = 0x80 >> (bit % 8);
      if (((bytes[bit / 8] ^ network.bytes[bit / 8]) & mask) != 0) return false;
    }
    return true;
  });
}

}  // namespace lockfs
