#include "tools/live_wait.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>

#include "tools/lock_files.h"
#include "tools/lock_request.h"

namespace lockfs {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds read_interval{1000};
constexpr std::chrono::milliseconds first_interval{50};  // until the mount shows that we wait
constexpr int busy_share = 20;  // the mount is to spend at most a twentieth of the time on us
constexpr std::size_t max_locks = 8;

std::string local_now() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &local)};
}

bool shows(const std::vector<LockState>& locks, std::int64_t pid) {
  return std::any_of(locks.begin(), locks.end(),
                     [pid](const LockState& lock) { return place_of(lock, pid).has_value(); });
}

// They are the calling thread's.
void hold_back_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

LiveWait::LiveWait(const LockFile& request, std::ostream& out)
    : mount_(request.mount),
      names_(lock_names(request)),
      pid_(::getpid()),
      status_{request.typed, pid_, local_now(), {}, {}},
      begin_(Clock::now()),
      lines_(out),
      reader_([this] { read_on(); }) {}

LiveWait::~LiveWait() {
  {
    const std::lock_guard guard(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
  reader_.join();
}

void LiveWait::look() {
  if (!in_foreground()) return;
  {
    const std::lock_guard guard(mutex_);
    if (!read_once_) return;
    status_.locks = last_read_;
  }
  status_.elapsed = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin_);
  lines_.draw(waiting_lines(status_), terminal_size());
}

void LiveWait::read_on() {
  hold_back_signals();
  const std::vector<std::string> names(
      names_.begin(),
      names_.begin() + static_cast<std::ptrdiff_t>(std::min(names_.size(), max_locks)));
  std::unique_lock guard(mutex_);
  while (!ended_) {
    guard.unlock();
    const auto begin = Clock::now();
    auto states = read_locks(mount_, names);
    const Clock::duration interval = shows(states, pid_) ? read_interval : first_interval;
    const auto pause = std::max(interval, busy_share * (Clock::now() - begin));
    guard.lock();
    last_read_ = std::move(states);
    read_once_ = true;
    changed_.wait_for(guard, pause, [this] { return ended_; });
  }
}

}  // namespace lockfs
