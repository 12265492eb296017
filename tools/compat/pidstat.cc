// pidstat: does a process exist on another host, says its pidstatd?
#include <algorithm>
#include <limits>

#include "core/config_values.h"
#include "fs/pidstat_client.h"
#include "tools/compat/program.h"

namespace lockfs::compat {
namespace {

constexpr Option pidstat_options[] = {
    {.name = "host", .value = "HOST", .help = "The host of those without one (localhost)"},
    {.name = "port", .value = "PORT", .help = "pidstatd's port (service pidstatd, 1752)"},
    {.name = "silent", .value = "", .help = "Only exit with a status", .negatable = true},
};

constexpr int exists_not = 1;
constexpr int host_down = 2;

struct Process {
  std::string host;
  pid_t pid = 0;
};

// PID or HOST:PID.
Result<Process> parse_process(const std::string& text, const std::string& default_host) {
  const auto colon = text.rfind(':');
  const bool has_host = colon != std::string::npos && colon > 0;
  const std::string host = has_host ? text.substr(0, colon) : default_host;
  const auto digits = colon == std::string::npos ? text : text.substr(colon + 1);
  const auto pid = parse_number(digits, 1, std::numeric_limits<pid_t>::max());
  if (pid && is_pidstat_host(host)) return Process{host, static_cast<pid_t>(*pid)};
  return failure(died, text + " is neither PID nor HOST:PID");
}

std::optional<PidState> ask(const Process& process, std::uint16_t port, const Streams& streams) {
  auto client = PidstatClient::to(process.host, port);
  if (client) return client->ask({process.pid, process.host, 7});
  streams.err << "pidstat: " << client.error() << std::endl;
  return std::nullopt;
}

// What is said of it, and what it does to the exit status.
struct Verdict {
  const char* word = "host_down";
  int status = host_down;
};

// An answer that says "unknown" is none.
Verdict verdict(std::optional<PidState> state) {
  if (state == PidState::exists) return {"up", 0};
  if (state == PidState::absent) return {"down", exists_not};
  return {};
}

Result<int> exists(const std::vector<Process>& processes, std::uint16_t port, bool silent,
                   const Streams& streams) {
  int status = 0;
  for (const auto& process : processes) {
    const auto said = verdict(ask(process, port, streams));
    if (!silent) streams.out << process.host << ":" << process.pid << " " << said.word << std::endl;
    status = std::max(status, said.status);
  }
  return status;
}

Result<int> pidstat(const Line& line, const Streams& streams) {
  if (line.words.empty()) return failure(died, "no command was given; see 'pidstat --help'");
  if (line.words.front() != "exists") {
    return failure(died, "there is no command " + line.words.front() + "; see 'pidstat --help'");
  }
  const std::uint16_t port = pidstatd_port(line.value("port"));
  if (port == 0) return failure(died, "--port takes a number from 1 to 65535");
  std::vector<Process> processes;
  for (auto word = line.words.begin() + 1; word != line.words.end(); ++word) {
    auto process = parse_process(*word, line.value("host").value_or("localhost"));
    if (!process) return tl::make_unexpected(process.error());
    processes.push_back(std::move(*process));
  }
  return exists(processes, port, line.on("silent"), streams);
}

}  // namespace

const Program pidstat_program = {.name = "pidstat",
                                 .words = "exists PID|HOST:PID...",
                                 .options = pidstat_options,
                                 .stops_at_command = false,
                                 .usage_status = died,
                                 .help_status = 2,
                                 .version_status = 1,
                                 .run = pidstat};

}  // namespace lockfs::compat
