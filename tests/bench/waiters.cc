#include "tests/bench/waiters.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "tests/bench/process.h"

namespace lockfs::bench {
namespace {

constexpr std::size_t stack_size = 64 * 1024;

// What the kernel says of a thread that sleeps in a system call begins with its number.
bool is_in_flock(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/syscall");
  long number = -1;
  return file >> number && number == SYS_flock;
}

}  // namespace

Waiters::Waiters(const std::string& path, std::size_t count) : waiters_(count), left_(count) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, stack_size);
  for (Waiter& waiter : waiters_) {
    waiter.all = this;
    waiter.file = open_file(path, O_RDONLY);
    if (::pthread_create(&waiter.thread, &attributes, wait, &waiter) != 0) fail("a thread more");
  }
  ::pthread_attr_destroy(&attributes);
  wait_until("all wait", [this] { return all_wait(); });
}

void* Waiters::wait(void* data) {
  Waiter& waiter = *static_cast<Waiter*>(data);
  waiter.id = ::gettid();
  lock(waiter.file);
  unlock(waiter.file);
  Waiters& all = *waiter.all;
  if (all.left_.fetch_sub(1) == 1) all.left_.notify_one();
  all.ended_.wait(false);
  return nullptr;
}

bool Waiters::all_wait() const {
  return std::all_of(waiters_.begin(), waiters_.end(),
                     [](const Waiter& waiter) { return is_in_flock(waiter.id); });
}

void Waiters::wait_until_drained() const {
  for (std::size_t left = left_; left > 0; left = left_) left_.wait(left);
}

Waiters::~Waiters() {
  wait_until_drained();
  ended_ = true;
  ended_.notify_all();
  for (Waiter& waiter : waiters_) ::pthread_join(waiter.thread, nullptr);
}

}  // namespace lockfs::bench
