#include "fs/configuration.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "fs/accounts.h"
#include "fs/descriptor.h"
#include "fs/socket_address.h"

namespace lockfs {
namespace {

constexpr std::size_t max_config_bytes = 64U << 20U;

std::string trouble_with(const std::string& path) { return path + ": " + std::strerror(errno); }

// The file's text; nothing and an error if it cannot be read. Non-blocking, so that a pipe in its
// place holds up nobody.
std::optional<std::string> read_file(const std::string& path, std::vector<std::string>& errors) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat st {};
  if (!fd || ::fstat(fd.get(), &st) != 0) {
    errors.push_back(trouble_with(path));
    return std::nullopt;
  }
  if (!S_ISREG(st.st_mode)) {
    errors.push_back(path + ": not a regular file");
    return std::nullopt;
  }
  std::string text;
  std::string chunk(65536, '\0');
  ssize_t got = 0;
  while ((got = ::read(fd.get(), chunk.data(), chunk.size())) > 0 &&
         text.size() <= max_config_bytes) {
    text.append(chunk, 0, static_cast<std::size_t>(got));
  }
  if (got < 0) {
    errors.push_back(trouble_with(path));
    return std::nullopt;
  }
  return text;
}

void add(std::vector<std::string>& texts, const std::vector<Fault>& faults,
         const std::string& path) {
  for (const auto& fault : faults) texts.push_back(to_string(fault, path));
}

// Who runs the daemon may command it: root, and of a mount of one's own its owner.
void admit_owner(Access& admins) {
  const uid_t owner = ::geteuid();
  const auto at = std::lower_bound(admins.uids.begin(), admins.uids.end(), owner);
  if (at == admins.uids.end() || *at != owner) admins.uids.insert(at, owner);
}

constexpr std::string_view beyond_this_host =
    "can be reached from other hosts: say which networks may, with listen_allow";

// Where to listen, in figures. What other hosts can reach wants a word about who may.
void look_up_doors(LoadedConfiguration& loaded, const std::string& path) {
  Doors& doors = loaded.policy.doors;
  for (const auto& network : loaded.settings.listen_allow) doors.allow.push_back(network.name);
  doors.mutexdaemon = loaded.settings.listen_mutexdaemon;
  for (const auto& listen : loaded.settings.listen) {
    std::string error;
    auto addresses = look_up_address(listen.name, error);
    if (addresses.empty()) {
      const Fault fault{listen.line, "listen = " + quote(listen.name) + ": " + error};
      loaded.errors.push_back(to_string(fault, path));
    }
    for (auto& address : addresses) {
      const auto parsed = SocketAddress::parse(address);
      if (doors.allow.empty() && parsed && !parsed->is_local()) {
        const Fault fault{listen.line, quote(listen.name) + " " + std::string(beyond_this_host)};
        loaded.errors.push_back(to_string(fault, path));
        break;
      }
      doors.lockerd.push_back(std::move(address));
    }
  }
}

}  // namespace

LoadedConfiguration load_configuration(const std::string& path, bool lax_accounts) {
  LoadedConfiguration loaded;
  std::string text;
  if (!path.empty()) {
    auto read = read_file(path, loaded.errors);
    if (!read) return loaded;
    text = std::move(*read);
  }
  auto parsed = parse_config(text);
  add(loaded.errors, parsed.errors, path);
  add(loaded.warnings, parsed.warnings, path);
  const auto accounts = look_up_accounts(parsed.config);
  auto resolved = resolve_policy(parsed.config, accounts, lax_accounts);
  add(loaded.errors, resolved.errors, path);
  add(loaded.warnings, resolved.warnings, path);
  loaded.settings = std::move(parsed.config.daemon);
  loaded.policy = std::move(resolved.policy);
  admit_owner(loaded.policy.admins);
  look_up_doors(loaded, path);
  return loaded;
}

}  // namespace lockfs
