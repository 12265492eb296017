#include "tools/lock_wait.h"

#include <sys/file.h>
#include <sys/time.h>

#include <cerrno>
#include <csignal>

namespace lockfs {
namespace {

// Breaks the calling thread's system calls with EINTR once the limit is over.
class TimeLimit {
 public:
  explicit TimeLimit(std::chrono::microseconds limit)
      : end_(std::chrono::steady_clock::now() + limit) {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &action, &action_before_);
    sigset_t alarm;
    ::sigemptyset(&alarm);
    ::sigaddset(&alarm, SIGALRM);
    ::pthread_sigmask(SIG_UNBLOCK, &alarm, &mask_before_);
    // Again and again, for the first signal may come just before the call that it is to break.
    itimerval timer{};
    timer.it_value = to_timeval(limit);
    timer.it_interval.tv_usec = 10'000;
    ::setitimer(ITIMER_REAL, &timer, nullptr);
  }
  TimeLimit(const TimeLimit&) = delete;
  TimeLimit& operator=(const TimeLimit&) = delete;
  ~TimeLimit() {
    const itimerval off{};
    ::setitimer(ITIMER_REAL, &off, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
    ::sigaction(SIGALRM, &action_before_, nullptr);
  }
  bool over() const { return std::chrono::steady_clock::now() >= end_; }

 private:
  static timeval to_timeval(std::chrono::microseconds time) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    return {seconds.count(), (time - seconds).count()};
  }

  std::chrono::steady_clock::time_point end_;
  struct sigaction action_before_ {};
  sigset_t mask_before_{};
};

// A wait that a signal broke begins again, at its old place, unless the signal was our own.
LockAttempt lock(int fd, int operation, const TimeLimit* limit = nullptr) {
  while (::flock(fd, operation) != 0) {
    if (errno == EWOULDBLOCK) return {LockOutcome::conflict, 0};
    if (errno != EINTR) return {LockOutcome::failed, errno};
    if (limit != nullptr && limit->over()) return {LockOutcome::conflict, 0};
  }
  return {LockOutcome::locked, 0};
}

int operation(bool shared) { return shared ? LOCK_SH : LOCK_EX; }

}  // namespace

LockAttempt try_lock(int fd, bool shared) { return lock(fd, operation(shared) | LOCK_NB); }

LockAttempt wait_for_lock(int fd, bool shared, std::optional<std::chrono::microseconds> limit) {
  if (!limit) return lock(fd, operation(shared));
  const TimeLimit running(*limit);
  return lock(fd, operation(shared), &running);
}

}  // namespace lockfs
