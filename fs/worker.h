// The thread for what may block: account look-ups, /proc, reading the configuration, rendering
// views.
//
// Jobs run one after the other, each on data of its own; what it returns is then called by the
// loop. At most `max_jobs` wait; beyond that submit() refuses and the caller answers with an error.
// A job that needs more from the loop before it can go on, goes on in one more.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "fs/loop.h"

namespace lockfs {

class Worker {
 public:
  static constexpr std::size_t max_jobs = 1024;

  explicit Worker(Loop& loop);
  // Finishes the job at hand and drops the others.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Runs `work` on the worker's thread, then has the loop call what it returns.
  bool submit(std::function<Loop::Callback()> work);
  // The same for what goes on with a job that was done: never refused.
  void resume(std::function<Loop::Callback()> work);

 private:
  bool add(std::function<Loop::Callback()> work, std::size_t limit);
  void run();

  Loop& loop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<Loop::Callback()>> jobs_;  // guarded by mutex_
  bool stopping_ = false;                             // guarded by mutex_
  std::thread thread_;
};

}  // namespace lockfs
