// A process and its descendants, to be signalled together.
//
// A process that has lost its parent is no longer known to be of the family, unless it was found
// before. The ids are never reused under us: each is held by a pidfd. Reads /proc; any thread.
#pragma once

#include <sys/types.h>

#include <vector>

#include "fs/descriptor.h"

namespace lockfs {

class CommandFamily {
 public:
  // Adds the process and all that descend from it, and stops them: nobody is born meanwhile.
  void stop(pid_t ancestor);
  // To those that still live.
  void signal(int number) const;
  bool any_alive() const;
  // Each becomes readable when its process ends.
  std::vector<int> pidfds() const;

 private:
  struct Member {
    pid_t pid = 0;
    Descriptor pidfd;
  };
  // Whether anybody was new.
  bool find(pid_t ancestor);
  bool knows(pid_t pid) const;
  bool add(pid_t pid, pid_t ancestor);

  std::vector<Member> members_;
};

}  // namespace lockfs
