#include "tests/bench/locking.h"

#include <fcntl.h>
#include <sys/file.h>

#include <chrono>

#include "tests/bench/process.h"

namespace lockfs::bench {

Descriptor open_file(const std::string& path, int flags) {
  Descriptor file(::open(path.c_str(), flags | O_CREAT | O_CLOEXEC, 0666));
  if (!file) fail(path);
  return file;
}

void lock(const Descriptor& file) {
  if (::flock(file.get(), LOCK_EX) != 0) fail("flock");
}

void unlock(const Descriptor& file) {
  if (::flock(file.get(), LOCK_UN) != 0) fail("flock, to unlock");
}

void lock_and_unlock(const Descriptor& file, int times) {
  for (int i = 0; i < times; ++i) {
    lock(file);
    unlock(file);
  }
}

double now_us() {
  return std::chrono::duration<double, std::micro>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace lockfs::bench
