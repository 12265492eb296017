#include "fs/service_manager.h"

#include <fcntl.h>
#include <systemd/sd-daemon.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <string_view>

namespace lockfs::service_manager {
namespace {

constexpr const char* socket_variable = "NOTIFY_SOCKET";

constexpr const char* fuse_name = "lockfs-fuse";
constexpr const char* journal_name = "lockfs-journal";
constexpr const char* program_name = "lockfs-program";

// Beyond the time that holders have, for the rest of the way down.
constexpr std::chrono::seconds stop_margin{15};

void notify(const std::string& message) { ::sd_notify(0, message.c_str()); }

// Not to be polled: each of the kernel's requests would wake up the manager too.
void store_one(const char* name, int fd) {
  const std::string message = std::string("FDSTORE=1\nFDPOLL=0\nFDNAME=") + name;
  ::sd_pid_notify_with_fds(0, 0, message.c_str(), &fd, 1);
}

void forget_one(const char* name) { notify(std::string("FDSTOREREMOVE=1\nFDNAME=") + name); }

std::string monotonic_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::to_string(std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000);
}

void take_one(Stored& stored, std::string_view name, int fd) {
  Descriptor descriptor(fd);
  if (name == fuse_name) {
    stored.holdings.fuse = std::move(descriptor);
  } else if (name == journal_name) {
    stored.holdings.journal = std::move(descriptor);
  } else if (name == program_name) {
    stored.program = std::move(descriptor);
  }
}

}  // namespace

// The variable with a process id is taken away, so that whoever serves answers the watchdog.
Stored take_stored() {
  ::unsetenv("WATCHDOG_PID");
  Stored stored;
  char** names = nullptr;
  const int count = ::sd_listen_fds_with_names(1, &names);
  for (int i = 0; i < count; ++i) {
    take_one(stored, names[i], SD_LISTEN_FDS_START + i);
    std::free(names[i]);  // libsystemd's, from malloc
  }
  std::free(names);
  return stored;
}

bool is_there() { return std::getenv(socket_variable) != nullptr; }

// After an upgrade the program is another.
void store(const Holdings& holdings) {
  if (!is_there()) return;
  store_one(fuse_name, holdings.fuse.get());
  store_one(journal_name, holdings.journal.get());
  forget_one(program_name);
  const Descriptor program(::open(this_program, O_RDONLY | O_CLOEXEC));
  if (program) store_one(program_name, program.get());
}

void forget_stored() {
  for (const char* name : {fuse_name, journal_name, program_name}) forget_one(name);
}

void announce_main_process() { notify("MAINPID=" + std::to_string(::getpid())); }

void stopping() { notify("STOPPING=1"); }

Notifier::Notifier(Loop& loop) : sender_(loop), watchdog_(loop, [this] { keep_alive(); }) {
  std::uint64_t limit = 0;
  if (::sd_watchdog_enabled(0, &limit) > 0) watchdog_period_ = std::chrono::microseconds(limit / 2);
}

void Notifier::serving() {
  tell("READY=1");
  keep_alive();
}

void Notifier::reloading() { tell("RELOADING=1\nMONOTONIC_USEC=" + monotonic_microseconds()); }

void Notifier::reloaded() { tell("READY=1"); }

void Notifier::stopping(std::chrono::seconds limit) {
  const auto extension = std::chrono::microseconds(limit + stop_margin);
  tell("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + std::to_string(extension.count()));
}

// Only so many unsent messages are kept (Worker); the manager misses the others.
void Notifier::tell(std::string message) {
  if (!is_there()) return;
  sender_.submit([message = std::move(message)]() -> Loop::Callback {
    notify(message);
    return [] {};
  });
}

void Notifier::keep_alive() {
  if (watchdog_period_.count() == 0) return;
  tell("WATCHDOG=1");
  watchdog_.start(watchdog_period_);
}

}  // namespace lockfs::service_manager
