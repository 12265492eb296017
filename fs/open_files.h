// Which processes have files of the mount open, as /proc/*/fd shows it at this moment.
//
// The links there are read, never followed: a stat(2) through one would come to this very daemon. A
// name that fits is looked at closer: the mount it is on, which may be bound elsewhere or be in
// another namespace, has to be of our device. Processes that this one cannot see are not found.
// Looks at no more than `max_links` links. What was found can be used again for a moment: whoever
// reads the status over and over does not have all of /proc read each time. Worker thread only.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "fs/processes.h"

namespace lockfs {

inline constexpr std::size_t max_links = 1'000'000;

struct FileName {
  ino_t inode = 0;
  std::string name;  // in its folder
};

// One process that has a file open, through so many descriptors.
struct OpenFile {
  ino_t inode = 0;
  Process process;
  std::vector<pid_t> family;  // the process and its ancestors; never empty
  int descriptors = 1;
};

class OpenFiles {
 public:
  using Clock = std::chrono::steady_clock;

  // Who has these files open; of what was found for the same files not longer than `age` ago what
  // is still so.
  const std::vector<OpenFile>& find(const std::vector<FileName>& wanted, const std::string& device,
                                    Clock::duration age);

 private:
  std::vector<ino_t> inodes_;
  Clock::time_point when_;
  std::vector<OpenFile> found_;
};

}  // namespace lockfs
