// flock(2) on a lock file, for as long as the caller is ready to wait.
//
// The wait is a thread's of its own, so that the calling one can show something meanwhile, and a
// signal that is to end the process finds everything cleaned up. To end a wait, SIGALRM goes to
// that thread; how it is handled is restored afterwards. One wait at a time.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

namespace lockfs {

enum class LockOutcome { locked, conflict, failed };

struct LockAttempt {
  LockOutcome outcome = LockOutcome::failed;
  int error = 0;  // when failed
};

// Only tries.
LockAttempt try_lock(int fd, bool shared);

struct WaitHooks {
  // A few times a second, and when the terminal changed its size or got us back.
  std::function<void()> look = [] {};
  std::function<void()> came_back = [] {};  // to the terminal, before look()
  // Before a signal ends the process.
  std::function<void()> leave = [] {};
};

// Waits; conflict when the limit is over. All hooks are called in the calling thread.
LockAttempt wait_for_lock(int fd, bool shared, std::optional<std::chrono::microseconds> limit,
                          const WaitHooks& hooks = {});

}  // namespace lockfs
