// Waits for a descriptor to have something to read, awake, for a few microseconds.
//
// Who locks and unlocks in a loop sends the next request some microseconds after the last answer:
// less than it takes to put a thread to sleep and wake it on an idle processor. Being awake then is
// only worth it while requests come like that; after some that did not, or were there before, it is
// tried ever more seldom, so that it costs next to nothing. With one processor nobody is awake: the
// sender needs it.
// Only for one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>

namespace lockfs {

class BusyPoll {
 public:
  static constexpr std::chrono::microseconds limit{10};

  // The descriptor stays its owner's.
  explicit BusyPoll(int fd) : fd_(fd) {}

  // Returns when there is something to read, or when to wait on is for the kernel.
  void wait();

 private:
  bool arrives_soon() const;

  static constexpr std::uint32_t patience = 4;  // misses in a row that change nothing
  static constexpr std::uint32_t max_pause = 256;

  int fd_;
  std::uint32_t misses_ = 0;
  std::uint32_t pause_ = 1;  // how many calls to leave out after the next miss
  std::uint32_t left_out_ = 0;
};

}  // namespace lockfs
