// flock(2) on a lock file, for as long as the caller is ready to wait.
//
// A time limit is kept with SIGALRM and the process's one interval timer, both restored afterwards:
// one wait at a time, on a thread that may take signals.
#pragma once

#include <chrono>
#include <optional>

namespace lockfs {

enum class LockOutcome { locked, conflict, failed };

struct LockAttempt {
  LockOutcome outcome = LockOutcome::failed;
  int error = 0;  // when failed
};

// Only tries.
LockAttempt try_lock(int fd, bool shared);

// Waits; conflict when the limit is over.
LockAttempt wait_for_lock(int fd, bool shared, std::optional<std::chrono::microseconds> limit);

}  // namespace lockfs
