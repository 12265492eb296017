#include "tools/lock_wait.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <thread>

#include "fs/descriptor.h"
#include "tools/held_signals.h"

namespace lockfs {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds look_interval{250};
constexpr milliseconds break_interval{10};
constexpr int terminal_signals[] = {SIGWINCH, SIGCONT};

int operation(bool shared) { return shared ? LOCK_SH : LOCK_EX; }

// A wait that a signal broke begins again, at its old place, unless it is to end.
LockAttempt lock_file(int fd, int operation, const std::atomic<bool>& end) {
  while (::flock(fd, operation) != 0) {
    if (errno == EWOULDBLOCK) return {LockOutcome::conflict, 0};
    if (errno != EINTR) return {LockOutcome::failed, errno};
    if (end) return {LockOutcome::conflict, 0};
  }
  return {LockOutcome::locked, 0};
}

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// SIGALRM breaks system calls with EINTR, in threads that let it in.
class BreakingAlarm {
 public:
  BreakingAlarm() {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &action, &action_before_);
  }
  BreakingAlarm(const BreakingAlarm&) = delete;
  BreakingAlarm& operator=(const BreakingAlarm&) = delete;
  ~BreakingAlarm() { ::sigaction(SIGALRM, &action_before_, nullptr); }

  static void let_in() {
    sigset_t alarm;
    ::sigemptyset(&alarm);
    ::sigaddset(&alarm, SIGALRM);
    ::pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
  }

 private:
  struct sigaction action_before_ {};
};

class LockingThread {
 public:
  LockingThread(int fd, int operation)
      : done_(::eventfd(0, EFD_CLOEXEC)), thread_([this, fd, operation] {
          BreakingAlarm::let_in();
          attempt_ = lock_file(fd, operation, end_);
          ::eventfd_write(done_.get(), 1);
        }) {}
  LockingThread(const LockingThread&) = delete;
  LockingThread& operator=(const LockingThread&) = delete;
  ~LockingThread() { thread_.join(); }

  int done() const { return done_.get(); }
  // Again and again, for a signal may come just before the call that it is to break.
  void end() {
    end_ = true;
    pollfd done{done_.get(), POLLIN, 0};
    do {
      ::pthread_kill(thread_.native_handle(), SIGALRM);
    } while (::poll(&done, 1, static_cast<int>(break_interval.count())) <= 0);
  }
  LockAttempt attempt() const { return attempt_; }  // once it is done

 private:
  const BreakingAlarm alarm_;
  std::atomic<bool> end_ = false;
  Descriptor done_;
  LockAttempt attempt_;
  std::thread thread_;
};

class Wait {
 public:
  Wait(int fd, bool shared, std::optional<std::chrono::microseconds> limit, const WaitHooks& hooks)
      : hooks_(hooks), signals_(terminal_signals), thread_(fd, operation(shared)) {
    if (limit) over_ = Clock::now() + *limit;
  }

  LockAttempt run() {
    for (;;) {
      hooks_.look();
      pollfd fds[] = {{thread_.done(), POLLIN, 0}, {signals_.fd(), POLLIN, 0}};
      ::poll(fds, 2, static_cast<int>(pause().count()));
      if (fds[0].revents != 0) return thread_.attempt();
      if (const auto info = signals_.take(); info && is_last(static_cast<int>(info->ssi_signo))) {
        return {LockOutcome::failed, EINTR};
      }
      if (over_ && Clock::now() >= *over_) {
        thread_.end();
        return thread_.attempt();
      }
    }
  }

 private:
  milliseconds pause() const {
    if (!over_) return look_interval;
    const auto left = std::chrono::ceil<milliseconds>(*over_ - Clock::now());
    return std::clamp(left, milliseconds(0), look_interval);
  }

  // Whether this signal ends the wait. It acts as if it had never been held back, which most often
  // is the end of the process.
  bool is_last(int signal) {
    if (signal == SIGCONT) hooks_.came_back();
    if (signal == SIGCONT || signal == SIGWINCH || is_ignored(signal)) return false;
    hooks_.leave();
    ::raise(signal);
    ::pthread_sigmask(SIG_SETMASK, &signals_.mask_before(), nullptr);
    thread_.end();
    return true;
  }

  const WaitHooks& hooks_;
  HeldSignals signals_;
  LockingThread thread_;
  std::optional<Clock::time_point> over_;
};

}  // namespace

LockAttempt try_lock(int fd, bool shared) {
  return lock_file(fd, operation(shared) | LOCK_NB, std::atomic<bool>(false));
}

LockAttempt wait_for_lock(int fd, bool shared, std::optional<std::chrono::microseconds> limit,
                          const WaitHooks& hooks) {
  return Wait(fd, shared, limit, hooks).run();
}

}  // namespace lockfs
