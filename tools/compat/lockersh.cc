// lockersh: a command under a lock of lockerd's protocol.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <iomanip>

#include "core/config_values.h"
#include "core/table_view.h"
#include "fs/service_port.h"
#include "tools/child.h"
#include "tools/compat/lockerd_client.h"
#include "tools/compat/program.h"
#include "tools/compat/shell_command.h"
#include "tools/compat/text.h"
#include "tools/compat/this_host.h"
#include "tools/option_value.h"

namespace lockfs::compat {
namespace {

constexpr Option lockersh_options[] = {
    {.name = "dhost",
     .value = "HOST",
     .help = "The lock server; HOST:HOST: the first that answers (IPCLOCKER_HOST, localhost)"},
    {.name = "port",
     .value = "PORT",
     .help = "Its port, or a Unix socket's path (IPCLOCKER_PORT, service lockerd, 1751)"},
    {.name = "lock",
     .value = "NAME",
     .help = "The lock; NAME:NAME, or given again: the first that is free"},
    {.name = "timeout", .value = "SECS", .help = "Wait so long at most (for ever)"},
    {.name = "verbose",
     .value = "",
     .help = "Say whom it waits for, and when it has the lock",
     .negatable = true},
    {.name = "locklist",
     .value = "",
     .help = "Run nothing: print the locks that are held and their owners",
     .negatable = true},
};

constexpr std::uint16_t default_port = 1751;
constexpr std::size_t max_locks = 64;

std::string variable(const char* name, const std::string& otherwise) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

std::string port_number(const std::string& port) {
  if (port.find('/') != std::string::npos || parse_number(port, 1, 65535)) return port;
  return std::to_string(service_port(port.c_str(), "tcp", default_port));
}

LockerdServer server_of(const Line& line) {
  LockerdServer server;
  server.hosts = split(line.value("dhost").value_or(variable("IPCLOCKER_HOST", "localhost")), ':');
  server.port = port_number(line.value("port").value_or(variable("IPCLOCKER_PORT", "lockerd")));
  return server;
}

Result<std::vector<std::string>> locks_of(const Line& line) {
  std::vector<std::string> locks;
  for (const auto& value : line.values("lock")) {
    for (auto& name : split(value, ':')) {
      if (!is_plain_word(name)) return failure(died, "\"" + name + "\" cannot be a lock's name");
      locks.push_back(std::move(name));
    }
  }
  if (locks.size() <= max_locks) return locks;
  return failure(died, "more than " + std::to_string(max_locks) + " locks");
}

using Limit = std::optional<std::chrono::microseconds>;

// No limit: 0, as for the original, or none given.
Result<Limit> limit_of(const Line& line) {
  const auto text = line.value("timeout");
  if (!text) return Limit();
  const auto limit = parse_seconds(*text);
  if (!limit) return failure(died, "\"" + *text + "\" is no number of seconds");
  return limit->count() == 0 ? Limit() : limit;
}

LockerdRequest request_of(std::vector<std::string> locks) {
  const std::string host = host_name();
  const pid_t pid = ::getpid();
  return {host + "_" + std::to_string(pid) + "_" + user_name(), std::move(locks), pid, host};
}

// The original says such things on its standard output.
LockerdClient::Say say_if(bool wanted, const Streams& streams) {
  return [wanted, &out = streams.out](const std::string& sentence) {
    if (!wanted) return;
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    out << sentence << " at " << std::put_time(&local, "%a %b %e %H:%M:%S %Y") << std::endl;
  };
}

Result<int> print_list(LockerdClient& client, const Streams& streams) {
  const auto held = client.list();
  if (!held) return tl::make_unexpected(held.error());
  for (const auto& [name, owner] : *held) {
    streams.out << std::left << std::setw(20) << as_word(name) << " " << as_word(owner) << "\n";
  }
  return exit_status::success;
}

Result<int> run_locked(LockerdClient& client, const Limit& limit, const Line& line,
                       const Streams& streams) {
  const auto lock = client.lock(limit);
  if (!lock) {
    return failure(lock.error().status, lock.error().message + "; the command was not run");
  }
  auto status = run_child(shell_command(line.words), {});
  if (const auto unlocked = client.unlock(*lock); !unlocked) {
    streams.err << "lockersh: " << *lock << " was not unlocked: " << unlocked.error().message
                << std::endl;
  }
  return status;
}

Result<int> lockersh(const Line& line, const Streams& streams) {
  auto locks = locks_of(line);
  if (!locks) return tl::make_unexpected(locks.error());
  const bool only_list = line.on("locklist");
  if (!only_list && locks->empty())
    return failure(died, "--lock is missing; see 'lockersh --help'");
  if (!only_list && line.words.empty()) {
    return failure(died, "the command is missing; see 'lockersh --help'");
  }
  const auto limit = limit_of(line);
  if (!limit) return tl::make_unexpected(limit.error());
  if (locks->empty()) locks->emplace_back("lock");
  LockerdClient client(server_of(line), request_of(std::move(*locks)),
                       say_if(line.on("verbose"), streams));
  if (only_list) return print_list(client, streams);
  return run_locked(client, *limit, line, streams);
}

}  // namespace

const Program lockersh_program = {.name = "lockersh",
                                  .words = "COMMAND...",
                                  .options = lockersh_options,
                                  .usage_status = died,
                                  .help_status = 2,
                                  .version_status = 1,
                                  .run = lockersh};

}  // namespace lockfs::compat
