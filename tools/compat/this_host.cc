#include "tools/compat/this_host.h"

#include <netdb.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

#include "tools/compat/text.h"

namespace lockfs::compat {
namespace {

// As the resolver spells it in full; empty if it does not know.
std::string canonical(const std::string& name) {
  addrinfo hints{};
  hints.ai_flags = AI_CANONNAME;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return "";
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  return found->ai_canonname != nullptr ? found->ai_canonname : "";
}

}  // namespace

std::string host_name() {
  std::array<char, 256> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0) return "localhost";
  std::string name = buffer.data();
  std::string full = canonical(name);
  if (is_plain_word(full) && full != "localhost") return full;
  return is_plain_word(name) ? name : "localhost";
}

std::string user_name() {
  const passwd* const account = ::getpwuid(::geteuid());
  const std::string name = account != nullptr ? account->pw_name : "";
  return is_plain_word(name) ? name : std::to_string(::geteuid());
}

bool process_exists(pid_t pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

}  // namespace lockfs::compat
