#include "tools/command_family.h"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <string>

#include "fs/processes.h"

// The header of Debian 12 declares C++ functions.
extern "C" {
#include <sys/pidfd.h>
}

namespace lockfs {
namespace {

std::vector<pid_t> all_processes() {
  std::vector<pid_t> pids;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (fault == std::errc{} && end == name.data() + name.size()) pids.push_back(pid);
  }
  return pids;
}

bool descends_from(pid_t pid, pid_t ancestor) {
  const auto line = lineage(pid);
  return std::find(line.begin(), line.end(), ancestor) != line.end();
}

bool is_alive(int pidfd) {
  pollfd ended{pidfd, POLLIN, 0};
  return ::poll(&ended, 1, 0) == 0;
}

}  // namespace

void CommandFamily::stop(pid_t ancestor) {
  while (find(ancestor)) signal(SIGSTOP);
}

bool CommandFamily::find(pid_t ancestor) {
  bool is_new = false;
  for (const pid_t pid : all_processes()) {
    if (!knows(pid) && descends_from(pid, ancestor)) is_new = add(pid, ancestor) || is_new;
  }
  return is_new;
}

// Looked at again once held, for in between another may have got its id.
bool CommandFamily::add(pid_t pid, pid_t ancestor) {
  Descriptor pidfd(::pidfd_open(pid, 0));
  if (!pidfd || !is_alive(pidfd.get()) || !descends_from(pid, ancestor)) return false;
  members_.push_back({pid, std::move(pidfd)});
  return true;
}

bool CommandFamily::knows(pid_t pid) const {
  return std::any_of(members_.begin(), members_.end(), [pid](const Member& member) {
    return member.pid == pid && is_alive(member.pidfd.get());
  });
}

void CommandFamily::signal(int number) const {
  for (const auto& member : members_) {
    ::pidfd_send_signal(member.pidfd.get(), number, nullptr, 0);
  }
}

bool CommandFamily::any_alive() const {
  return std::any_of(members_.begin(), members_.end(),
                     [](const Member& member) { return is_alive(member.pidfd.get()); });
}

std::vector<int> CommandFamily::pidfds() const {
  std::vector<int> fds;
  for (const auto& member : members_) fds.push_back(member.pidfd.get());
  return fds;
}

}  // namespace lockfs
