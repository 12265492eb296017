#include "fs/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace lockfs {
namespace {

Descriptor opened(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return Descriptor(fd);
}

// The counter of an eventfd or timerfd; what it says does not matter, only that it said it.
void drain(int fd) {
  std::uint64_t count = 0;
  while (::read(fd, &count, sizeof count) > 0) {
  }
}

}  // namespace

Loop::Loop()
    : epoll_(opened(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wakeup_(opened(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
  watch(wakeup_.get(), [this] { run_posted(); });
}

void Loop::watch(int fd, Callback callback) {
  watch(fd, EPOLLIN, [callback = std::move(callback)](std::uint32_t) { callback(); });
}

void Loop::watch(int fd, std::uint32_t events, Ready callback) {
  callbacks_[fd] = std::move(callback);
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void Loop::change(int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void Loop::forget(int fd) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  callbacks_.erase(fd);
}

void Loop::post(Callback callback) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(callback));
  }
  wake();
}

void Loop::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wakeup_.get(), &one, sizeof one));  // full means it is awake anyway
}

void Loop::stop() {
  stopped_ = true;
  wake();
}

void Loop::run_posted() {
  drain(wakeup_.get());
  std::vector<Callback> batch;
  {
    const std::lock_guard lock(mutex_);
    batch.swap(posted_);
  }
  for (const auto& callback : batch) callback();
}

void Loop::run() {
  std::array<epoll_event, 16> events{};
  while (!stopped_) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
    if (count < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "epoll_wait");
    }
    const std::lock_guard turn(turn_);
    for (int i = 0; i < count && !stopped_; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      const auto found = callbacks_.find(event.data.fd);
      if (found == callbacks_.end()) continue;
      const Ready callback = found->second;  // it may forget itself
      callback(event.events);
    }
  }
}

Timer::Timer(Loop& loop, Loop::Callback callback)
    : loop_(loop),
      callback_(std::move(callback)),
      fd_(opened(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create")) {
  loop_.watch(fd_.get(), [this] { expired(); });
}

Timer::~Timer() { loop_.forget(fd_.get()); }

void Timer::set(std::chrono::nanoseconds delay) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(delay);
  itimerspec spec{};
  spec.it_value.tv_sec = seconds.count();
  spec.it_value.tv_nsec = (delay - seconds).count();
  ::timerfd_settime(fd_.get(), 0, &spec, nullptr);
  running_ = delay.count() > 0;
}

void Timer::start(std::chrono::nanoseconds delay) {
  set(std::max(delay, std::chrono::nanoseconds(1)));
}

void Timer::stop() { set(std::chrono::nanoseconds(0)); }

void Timer::expired() {
  drain(fd_.get());
  if (!running_) return;
  running_ = false;
  callback_();
}

namespace {

sigset_t set_of(const std::vector<int>& numbers) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : numbers) sigaddset(&set, number);
  return set;
}

}  // namespace

void Signals::block(const std::vector<int>& numbers) {
  const sigset_t set = set_of(numbers);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void Signals::unblock(int number) {
  const sigset_t set = set_of({number});
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

Signals::Signals(Loop& loop, const std::vector<int>& numbers, std::function<void(int)> callback)
    : loop_(loop), callback_(std::move(callback)) {
  const sigset_t set = set_of(numbers);
  fd_ = opened(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
  loop_.watch(fd_.get(), [this] { read_one(); });
}

Signals::~Signals() { loop_.forget(fd_.get()); }

void Signals::read_one() {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    callback_(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace lockfs
