// pidwatch: a command that is signalled when a process, perhaps of another host, dies.
//
// The command takes this process's place; a child that left the terminal watches both.
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <limits>

#include "core/config_values.h"
#include "fs/pidstat_client.h"
#include "tools/compat/program.h"
#include "tools/compat/shell_command.h"
#include "tools/compat/signal_name.h"
#include "tools/compat/this_host.h"

namespace lockfs::compat {
namespace {

constexpr Option pidwatch_options[] = {
    {.name = "pid", .value = "PID", .help = "The process to watch"},
    {.name = "host", .value = "HOST", .help = "Its host, where pidstatd runs (this one)"},
    {.name = "port", .value = "PORT", .help = "pidstatd's port (service pidstatd, 1752)"},
    {.name = "cd", .value = "DIR", .help = "Run the command there, if there is such a folder"},
    {.name = "signal", .value = "SIGNAL", .help = "What the command gets when PID dies (HUP)"},
    {.name = "killer", .value = "PROGRAM", .help = "Run as PROGRAM SIGNAL PID instead"},
    {.name = "foreground", .value = "PID", .help = "No command: signal this process"},
};

constexpr std::chrono::seconds interval{1};

// glibc got a wrapper later than Debian 12's.
Descriptor open_process(pid_t pid) {
  return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
}

// Both processes, and what to do.
struct Watch {
  PidQuestion watched;
  pid_t victim = 0;
  std::string signal;
  std::string killer;  // empty: kill(2)
};

Result<pid_t> pid_option(const Line& line, std::string_view name) {
  const auto text = line.value(name).value_or("");
  const auto pid = parse_number(text, 1, std::numeric_limits<pid_t>::max());
  if (pid) return static_cast<pid_t>(*pid);
  return failure(died, "--" + std::string(name) +
                           (text.empty() ? " is missing; see 'pidwatch --help'"
                                         : " " + text + " is no process"));
}

void strike(const Watch& watch, int victim) {
  if (watch.killer.empty()) {
    // By descriptor: the number may be another's by now.
    ::syscall(SYS_pidfd_send_signal, victim, *signal_number(watch.signal), nullptr, 0U);
    return;
  }
  const std::string pid = std::to_string(watch.victim);
  ::execlp(watch.killer.c_str(), watch.killer.c_str(), watch.signal.c_str(), pid.c_str(), nullptr);
}

// Until one of both is dead.
void watch_both(PidstatClient& client, const Watch& watch, int victim) {
  for (;;) {
    const auto next = std::chrono::steady_clock::now() + interval;
    client.send(watch.watched);
    for (std::chrono::milliseconds left = interval; left.count() > 0;) {
      pollfd events[] = {{victim, POLLIN, 0}, {client.fd(), POLLIN, 0}};
      ::poll(events, 2, static_cast<int>(left.count()));
      if (events[0].revents != 0) return;
      if (events[1].revents != 0 && client.receive(watch.watched) == PidState::absent) {
        return strike(watch, victim);
      }
      left = std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now());
    }
  }
}

void leave_terminal() {
  ::setsid();
  static_cast<void>(!::chdir("/"));
  const Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing.get(), fd);
}

// In a grandchild, so that nobody has a child that it knows nothing of.
Result<void> start_watching(PidstatClient& client, const Watch& watch) {
  const Descriptor victim = open_process(watch.victim);
  if (!victim) return failure(errno, std::to_string(watch.victim) + ": " + std::strerror(errno));
  const pid_t child = ::fork();
  if (child < 0) return failure(errno, std::string("fork: ") + std::strerror(errno));
  if (child == 0) {
    if (::fork() != 0) ::_exit(0);
    leave_terminal();
    watch_both(client, watch, victim.get());
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  return {};
}

void change_folder(const std::string& folder) {
  if (folder.empty() || ::chdir(folder.c_str()) != 0) return;
  ::setenv("PWD", folder.c_str(), 1);
}

Result<Watch> watch_of(const Line& line) {
  Watch watch;
  const auto pid = pid_option(line, "pid");
  if (!pid) return tl::make_unexpected(pid.error());
  watch.watched = {*pid, line.value("host").value_or(host_name()), 3};
  if (!is_pidstat_host(watch.watched.host)) return failure(died, "--host names no host");
  watch.victim = ::getpid();
  if (line.value("foreground")) {
    const auto victim = pid_option(line, "foreground");
    if (!victim) return tl::make_unexpected(victim.error());
    watch.victim = *victim;
  }
  watch.signal = line.value("signal").value_or("HUP");
  watch.killer = line.value("killer").value_or("");
  if (watch.killer.empty() && !signal_number(watch.signal)) {
    return failure(died, "there is no signal " + watch.signal);
  }
  return watch;
}

Result<int> pidwatch(const Line& line, const Streams& streams) {
  const auto watch = watch_of(line);
  if (!watch) return tl::make_unexpected(watch.error());
  const bool has_victim = line.value("foreground").has_value();
  if (has_victim && !line.words.empty()) return failure(died, "--foreground takes no command");
  if (!has_victim && line.words.empty()) return failure(died, "no command; see 'pidwatch --help'");
  const std::uint16_t port = pidstatd_port(line.value("port"));
  if (port == 0) return failure(died, "--port takes a number from 1 to 65535");
  auto client = PidstatClient::to(watch->watched.host, port);
  if (!client) return failure(EHOSTUNREACH, client.error());
  change_folder(line.value("cd").value_or(""));
  if (auto started = start_watching(*client, *watch); !started) {
    return tl::make_unexpected(started.error());
  }
  if (has_victim) return exit_status::success;
  return tl::make_unexpected(become(shell_command(line.words), streams));
}

}  // namespace

const Program pidwatch_program = {.name = "pidwatch",
                                  .words = "COMMAND...",
                                  .options = pidwatch_options,
                                  .usage_status = died,
                                  .help_status = 2,
                                  .version_status = 1,
                                  .run = pidwatch};

}  // namespace lockfs::compat
