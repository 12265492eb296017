// Where a service is to be found.
#pragma once

#include <cstdint>

namespace lockfs {

// The port of a service of /etc/services, else the other.
std::uint16_t service_port(const char* service, const char* protocol, std::uint16_t otherwise);

}  // namespace lockfs
