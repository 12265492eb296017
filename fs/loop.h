// The event loop: sleeps until a descriptor is readable, a timer is over, a signal came or another
// thread has posted something, and calls whoever asked for it.
//
// The kernel's requests do not come through here: waiting for them in epoll would cost each 2 us
// more than waiting in read(2) (measured: a third of the daemon's system time). They have a thread
// of their own (session.h) that sleeps in read(2) and, like the loop, works only while it has the
// turn. So whatever touches the engine runs one at a time, and neither sleeper holds the turn.
//
// Callbacks run while the loop has the turn; they must not block. post() may be called from any
// thread, everything else by whoever has the turn.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "fs/descriptor.h"

namespace lockfs {

class Loop {
 public:
  using Callback = std::function<void()>;
  using Ready = std::function<void(std::uint32_t events)>;

  Loop();

  // Calls `callback` whenever `fd` is readable (or broken), until forget(fd).
  void watch(int fd, Callback callback);
  // The same for these events (epoll(7)), which may be changed.
  void watch(int fd, std::uint32_t events, Ready callback);
  void change(int fd, std::uint32_t events);
  void forget(int fd);

  // Has the loop call `callback`, soon.
  void post(Callback callback);

  // Calls back until somebody calls stop(), from any thread.
  void run();
  void stop();

  // Whoever has locked this may touch the engine and all that is built on it.
  std::mutex& turn() { return turn_; }

 private:
  void run_posted();
  void wake();

  std::mutex turn_;
  Descriptor epoll_;
  Descriptor wakeup_;
  std::unordered_map<int, Ready> callbacks_;
  std::mutex mutex_;
  std::vector<Callback> posted_;  // guarded by mutex_
  std::atomic<bool> stopped_ = false;
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

// Takes signals as events. They must have been blocked before the process had a second thread.
class Signals {
 public:
  static void block(const std::vector<int>& numbers);
  // In this thread.
  static void unblock(int number);

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
