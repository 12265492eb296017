// Many threads of this process that wait for one lock, each through a descriptor of its own. Each
// that gets it gives it up at once, and stays until the end.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/locking.h"

namespace lockfs::bench {

class Waiters {
 public:
  // Somebody else holds the lock. Returns when all wait in the kernel.
  Waiters(const std::string& path, std::size_t count);
  // The lock must have been given up.
  ~Waiters();
  Waiters(const Waiters&) = delete;
  Waiters& operator=(const Waiters&) = delete;

  // Until each has had the lock.
  void wait_until_drained() const;

 private:
  struct Waiter {
    Waiters* all = nullptr;
    Descriptor file;
    pthread_t thread{};
    std::atomic<pid_t> id = 0;
  };

  static void* wait(void* waiter);
  bool all_wait() const;

  std::vector<Waiter> waiters_;
  std::atomic<std::size_t> left_;
  std::atomic<bool> ended_ = false;
};

}  // namespace lockfs::bench
