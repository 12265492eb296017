// On which processors the clients and the daemons of a case run.
//
// Left to the scheduler they share a processor or not as luck has it, for seconds on end, and that
// alone makes a round trip several times as long: waking another processor can cost more than all
// the rest. So it is measured both ways, each for all that is compared.
#pragma once

#include <sched.h>

#include <string>
#include <vector>

#include "tests/bench/mount.h"

namespace lockfs::bench {

enum class Placement { together, apart };

// Those that this machine can have.
std::vector<Placement> placements();
// The figure's name in this placement.
std::string in(Placement placement, const std::string& figure);

// From now on this process, and what it starts, has one processor, and the daemons of these mounts
// the same or another one; until its end.
class Pinned {
 public:
  Pinned(Placement placement, const std::vector<const Mount*>& mounts);
  ~Pinned();
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

 private:
  cpu_set_t before_{};
};

}  // namespace lockfs::bench
