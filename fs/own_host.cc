#include "fs/own_host.h"

#include <netdb.h>
#include <strings.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

namespace lockfs {
namespace {

std::string own_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::string full_name(const std::string& name) {
  addrinfo hints{};
  hints.ai_flags = AI_CANONNAME;
  addrinfo* found = nullptr;
  if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return name;
  std::string full = found->ai_canonname == nullptr ? name : found->ai_canonname;
  ::freeaddrinfo(found);
  return full;
}

std::vector<std::string> find_names() {
  const std::string name = own_name();
  return {name, full_name(name)};
}

bool is_among(const std::vector<std::string>& names, const std::string& name) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& known) {
    return ::strcasecmp(known.c_str(), name.c_str()) == 0;
  });
}

}  // namespace

bool is_loopback(const std::string& name) {
  static const std::vector<std::string> names{"localhost", "localhost.localdomain", "127.0.0.1"};
  return is_among(names, name);
}

bool is_own_host(const std::string& name) {
  static const auto names = find_names();
  return is_loopback(name) || is_among(names, name);
}

}  // namespace lockfs
