#include "fs/keeper.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <deque>
#include <thread>

#include "fs/daemon.h"
#include "fs/mounts.h"

namespace lockfs {
namespace {

using Clock = std::chrono::steady_clock;

class Keeper {
 public:
  Keeper(Holdings holdings, const Options& options, char* const* arguments)
      : holdings_(std::move(holdings)), options_(options), arguments_(arguments) {}

  int keep() {
    watch_signals();
    if (!holdings_.peer) start_worker();
    for (;;) {
      wait();
      pass_on_signals();
      bool ended = false;
      const auto message = receive(holdings_.peer, ended);
      if (message == Message::leaving) return 0;
      if (ended && !worker_died()) return 1;
    }
  }

 private:
  void watch_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : Daemon::signals()) sigaddset(&set, number);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  void wait() const {
    std::array<pollfd, 2> sources{{{holdings_.peer.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
    ::poll(sources.data(), sources.size(), -1);
  }

  void pass_on_signals() const {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      switch (info.ssi_signo) {
        case SIGHUP:
          send(holdings_.peer, Message::reload);
          break;
        case SIGUSR1:
          send(holdings_.peer, Message::upgrade);
          break;
        case SIGINT:
          send(holdings_.peer, Message::interrupt);
          break;
        default:
          send(holdings_.peer, Message::terminate);
      }
    }
  }

  void start_worker() {
    Spawned spawned = spawn(Role::worker, holdings_, arguments_);
    worker_ = spawned.pid;
    holdings_.peer = std::move(spawned.peer);
  }

  // False if there is no point in starting another.
  bool worker_died() {
    int status = 0;
    // One that we did not start ourselves is another's child: then all we know is that it is gone.
    const bool ours = worker_ > 0 && ::waitpid(worker_, &status, 0) == worker_;
    const bool crashed = ours && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    if (crashed && !note_crash()) {
      spdlog::critical("the worker died {} times within {} s: taking down {}", max_crashes,
                       crash_window_s, options_.mount_point);
      detach_mount(options_.mount_point);
      return false;
    }
    spdlog::warn("the worker died ({}); starting another", describe(ours, status));
    start_worker();
    return true;
  }

  // Each crash in the window makes the next start later.
  bool note_crash() {
    const auto now = Clock::now();
    crashes_.push_back(now);
    while (now - crashes_.front() > std::chrono::seconds(crash_window_s)) crashes_.pop_front();
    if (crashes_.size() > max_crashes) return false;
    const auto pause = std::chrono::milliseconds(20 << std::min<std::size_t>(crashes_.size(), 6));
    if (crashes_.size() > 1) std::this_thread::sleep_for(pause);
    return true;
  }

  static std::string describe(bool ours, int status) {
    if (!ours) return "how is not known";
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return "exit status " + std::to_string(WEXITSTATUS(status));
  }

  Holdings holdings_;
  const Options& options_;
  char* const* arguments_;
  Descriptor signals_;
  pid_t worker_ = -1;
  std::deque<Clock::time_point> crashes_;
};

}  // namespace

int keep(Holdings holdings, const Options& options, char* const* arguments) {
  return Keeper(std::move(holdings), options, arguments).keep();
}

}  // namespace lockfs
