// Where sockets listen and who connects: addresses in figures, and networks.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockfs {

// HOST:PORT in figures (an IPv6 host in brackets), or the path of a Unix socket.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  static std::optional<SocketAddress> parse(const std::string& text);
  static std::optional<SocketAddress> of_listener(int fd);  // nothing if it is none
  static std::optional<SocketAddress> of_peer(int fd);
  static std::optional<SocketAddress> of_socket(int fd);
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  bool is_path() const { return storage.ss_family == AF_UNIX; }
  // Nobody from another host gets there, or comes from there.
  bool is_local() const;
  std::string text() const;
  // Without the port.
  std::string host() const;
};

// The addresses of a HOST:PORT whose host may be a name or `*`, in figures; empty, with an error in
// words, if it has none. May block: worker thread, or before the loop.
std::vector<std::string> look_up_address(const std::string& host_and_port, std::string& error);

// Networks that may connect. This host always may.
class Networks {
 public:
  explicit Networks(const std::vector<std::string>& texts);
  bool admit(const SocketAddress& peer) const;

 private:
  struct Network {
    std::string bytes;
    std::size_t bits = 0;
  };
  std::vector<Network> networks_;
};

}  // namespace lockfs
