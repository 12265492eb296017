// A wait shown live on the terminal that is stderr.
//
// A thread of its own reads the mount, for a daemon that does not answer must not keep the calling
// thread from its signals. Everything else is for the one calling thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <ostream>
#include <thread>
#include <vector>

#include "tools/live_lines.h"
#include "tools/mount.h"
#include "tools/waiting.h"

namespace lockfs {

class LiveWait {
 public:
  LiveWait(const LockFile& request, std::ostream& out);
  LiveWait(const LiveWait&) = delete;
  LiveWait& operator=(const LiveWait&) = delete;
  ~LiveWait();  // waits for an answer that the mount owes

  // Draws what is new.
  void look();
  void erase() { lines_.erase(terminal_size()); }
  // The terminal is ours again, and others have written to it.
  void came_back() { lines_.forget(); }

 private:
  void read_on();

  const std::string mount_;
  const std::vector<std::string> names_;
  const std::int64_t pid_;
  WaitStatus status_;
  std::chrono::steady_clock::time_point begin_;
  LiveLines lines_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;                // under the mutex
  bool read_once_ = false;            // under the mutex
  std::vector<LockState> last_read_;  // under the mutex
  std::thread reader_;
};

}  // namespace lockfs
