#include "tools/child.h"

#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "fs/descriptor.h"
#include "tools/command_family.h"
#include "tools/held_signals.h"
#include "tools/spawn.h"

namespace lockfs {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int child_signal[] = {SIGCHLD};

// Where SIGCHLD is ignored, the kernel throws the statuses of children away.
class DefaultChildSignal {
 public:
  DefaultChildSignal() {
    struct sigaction by_default {};
    by_default.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &by_default, &action_before_);
  }
  DefaultChildSignal(const DefaultChildSignal&) = delete;
  DefaultChildSignal& operator=(const DefaultChildSignal&) = delete;
  ~DefaultChildSignal() { ::sigaction(SIGCHLD, &action_before_, nullptr); }

 private:
  struct sigaction action_before_ {};
};

int exit_status_of(int status) {
  return WIFSIGNALED(status) ? exit_status::signalled + WTERMSIG(status) : WEXITSTATUS(status);
}

// The lock's descriptor is asked once and then only told of (epoll, not poll): a daemon that does
// not answer must not keep us from our signals.
class Child {
 public:
  Child(pid_t pid, const HeldSignals& signals, const LossWatch& watch)
      : pid_(pid), signals_(signals), watch_(watch), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    listen(signals.fd(), EPOLLIN);
    if (watch.fd >= 0) listen(watch.fd, 0);  // a plain file refuses, and is never lost
  }

  ChildEnd wait_for_end() {
    while (!has_ended()) {
      epoll_event event{};
      const int got = ::epoll_wait(epoll_.get(), &event, 1, time_left());
      if (got == 0) kill_family();
      if (got > 0) look_at(event.data.fd);
    }
    return {*status_, lost_};
  }

 private:
  void listen(int fd, std::uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }

  bool has_ended() {
    int status = 0;
    if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) status_ = exit_status_of(status);
    return status_ && !family_.any_alive();
  }

  int time_left() const {
    if (!kill_at_) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*kill_at_ - Clock::now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
  }

  void look_at(int fd) {
    if (fd == signals_.fd()) pass_signal_on();
    if (fd == watch_.fd) lose();
  }

  void pass_signal_on() const {
    const auto info = signals_.take();
    if (!info || info->ssi_signo == SIGCHLD || info->ssi_code == SI_KERNEL || status_) return;
    ::kill(pid_, static_cast<int>(info->ssi_signo));
  }

  void lose() {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, watch_.fd, nullptr);
    lost_ = true;
    watch_.on_loss();
    if (watch_.signal == 0) return;
    stop_family();
    family_.signal(watch_.signal);
    family_.signal(SIGCONT);
    kill_at_ = Clock::now() + watch_.grace;
  }

  void kill_family() {
    kill_at_.reset();
    stop_family();
    family_.signal(SIGKILL);
  }

  void stop_family() {
    if (!status_) family_.stop(pid_);
    for (const int pidfd : family_.pidfds()) listen(pidfd, EPOLLIN | EPOLLET);
  }

  pid_t pid_;
  const HeldSignals& signals_;
  const LossWatch& watch_;
  Descriptor epoll_;
  std::optional<int> status_;  // once it has ended
  bool lost_ = false;
  CommandFamily family_;  // of those that are to end, after a loss
  std::optional<Clock::time_point> kill_at_;
};

}  // namespace

Result<ChildEnd> run_child(const std::vector<std::string>& command,
                           const std::vector<std::string>& variables, const LossWatch& watch) {
  const HeldSignals signals(child_signal);
  const DefaultChildSignal by_default;
  return spawn(command, variables, signals.mask_before()).map([&](pid_t pid) {
    return Child(pid, signals, watch).wait_for_end();
  });
}

Result<int> run_child(const std::vector<std::string>& command,
                      const std::vector<std::string>& variables) {
  return run_child(command, variables, LossWatch()).map([](const ChildEnd& end) {
    return end.status;
  });
}

}  // namespace lockfs
