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

BusyPoll::BusyPoll(int fd) : fd_(fd), possible_(has_several_processors()) {}

bool BusyPoll::arrives_soon() const {
  const auto end = std::chrono::steady_clock::now() + limit;
  pollfd request{fd_, POLLIN, 0};
  do {
    if (::poll(&request, 1, 0) != 0) return true;
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

void BusyPoll::wait() {
  if (!possible_) return;
  if (left_out_ > 0) {
    --left_out_;
    return;
  }
  if (arrives_soon()) {
    misses_ = 0;
    pause_ = 1;
    return;
  }
  if (++misses_ < patience) return;
  left_out_ = pause_;
  pause_ = std::min(pause_ * 2, max_pause);
}

}  // namespace lockfs
