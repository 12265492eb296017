#include "fs/service_port.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <array>

namespace lockfs {

std::uint16_t service_port(const char* service, const char* protocol, std::uint16_t otherwise) {
  servent entry{};
  servent* found = nullptr;
  std::array<char, 1024> room{};
  ::getservbyname_r(service, protocol, &entry, room.data(), room.size(), &found);
  return found != nullptr ? ntohs(static_cast<std::uint16_t>(found->s_port)) : otherwise;
}

}  // namespace lockfs
