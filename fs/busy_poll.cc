#include "fs/busy_poll.h"

#include <poll.h>
#include <sched.h>

#include <algorithm>

namespace lockfs {
namespace {

bool has_several_processors() {
  cpu_set_t usable;
  return ::sched_getaffinity(0, sizeof usable, &usable) != 0 || CPU_COUNT(&usable) > 1;
}

}  // namespace

// What has arrived already needs nobody who is awake: looking whether it has costs a system call.
bool BusyPoll::arrives_soon() const {
  const auto end = std::chrono::steady_clock::now() + limit;
  pollfd request{fd_, POLLIN, 0};
  if (::poll(&request, 1, 0) != 0) return false;
  while (std::chrono::steady_clock::now() < end) {
    if (::poll(&request, 1, 0) != 0) return true;
  }
  return false;
}

void BusyPoll::wait() {
  if (left_out_ > 0) {
    --left_out_;
    return;
  }
  const bool in_doubt = pause_ > 1;
  if ((!in_doubt || has_several_processors()) && arrives_soon()) {
    misses_ = 0;
    pause_ = 1;
    return;
  }
  if (++misses_ < patience) return;
  left_out_ = pause_;
  pause_ = std::min(pause_ * 2, max_pause);
}

}  // namespace lockfs
