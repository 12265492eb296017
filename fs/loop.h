// The event loop: one thread that sleeps until a descriptor is readable, a timer is over, a signal
// came or another thread has posted something, and calls whoever asked for it.
//
// A request of the kernel costs one epoll_wait, one read and one write. (Asio would add an epoll_ctl
// to each, which a round trip of 10 us feels.)
//
// Callbacks run on the thread that calls run(); they must not block. post() may be called from any
// thread, everything else from the loop's only.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "fs/descriptor.h"

namespace lockfs {

class Loop {
 public:
  using Callback = std::function<void()>;

  Loop();

  // Calls `callback` whenever `fd` is readable (or broken), until forget(fd).
  void watch(int fd, Callback callback);
  void forget(int fd);

  // Hands `callback` to the loop's thread.
  void post(Callback callback);

  void run();
  void stop() { stopped_ = true; }

 private:
  void run_posted();

  Descriptor epoll_;
  Descriptor wakeup_;
  std::map<int, Callback> callbacks_;
  std::mutex mutex_;
  std::vector<Callback> posted_;  // guarded by mutex_
  bool stopped_ = false;
};

// Calls back once when its time is over; may be set again. The loop must outlive it.
class Timer {
 public:
  Timer(Loop& loop, Loop::Callback callback);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void start(std::chrono::nanoseconds delay);
  void stop();
  bool running() const { return running_; }

 private:
  void set(std::chrono::nanoseconds delay);
  void expired();

  Loop& loop_;
  Loop::Callback callback_;
  Descriptor fd_;
  bool running_ = false;
};

// Takes signals as events. Blocks them for the calling thread and those it starts later.
class Signals {
 public:
  Signals(Loop& loop, const std::vector<int>& numbers, std::function<void(int)> callback);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  void read_one();

  Loop& loop_;
  std::function<void(int)> callback_;
  Descriptor fd_;
};

}  // namespace lockfs
