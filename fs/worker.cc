#include "fs/worker.h"

#include <limits>

namespace lockfs {

Worker::Worker(Loop& loop) : loop_(loop), thread_([this] { run(); }) {}

Worker::~Worker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool Worker::submit(std::function<Loop::Callback()> work) { return add(std::move(work), max_jobs); }

void Worker::resume(std::function<Loop::Callback()> work) {
  add(std::move(work), std::numeric_limits<std::size_t>::max());
}

bool Worker::add(std::function<Loop::Callback()> work, std::size_t limit) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= limit) return false;
    jobs_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

void Worker::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    const auto work = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    loop_.post(work());
  }
}

}  // namespace lockfs
