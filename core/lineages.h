// From which processes those who wait descend, and whose holds they keep.
//
// A waiter keeps a hold if the hold's process waits, as far as anybody can tell, for the command
// that the waiter is part of (`flock a flock b ...`: the second flock keeps the first one's hold):
//   - the hold's process is an ancestor of the waiter's: one that opened the file or asked for the
//     lock, and that had been started by then (another one may have the same id);
//   - or the waiter's own process took it, by the very thread that waits. (What other threads of a
//     program hold they may give up.)
// Holds of other processes it does not keep; of a waiter whose lineage is not known, nothing.
//
// A tree: waiters have the processes above them in common, so that each costs about one entry.
// Entries live as long as somebody below them waits. Owned by the engine. Not thread-safe.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "core/claim.h"
#include "core/intrusive_list.h"

namespace lockfs {

// A process, and when it was started, in nanoseconds since boot.
struct Forebear {
  pid_t process = 0;
  std::int64_t started = 0;
  friend bool operator==(const Forebear&, const Forebear&) = default;
};

// A process in the tree.
struct Relative {
  Forebear self;
  Relative* parent = nullptr;
  std::vector<Claim*> waiters;  // in the order of their threads
  ListLinks<Relative> among_siblings;
  IntrusiveList<Relative, &Relative::among_siblings> children;
};

class Lineages {
 public:
  static constexpr std::size_t max_length = 128;

  // Of a waiter: its process first, then the ancestors. What was said of it before is forgotten.
  void put(Claim& waiter, const std::vector<Forebear>& processes);
  void remove(Claim& waiter);
  std::vector<Forebear> of(const Claim& waiter) const;
  bool empty() const { return relatives_.empty(); }

  bool keeps(const Claim& waiter, const Claim& hold) const;
  // In no particular order.
  std::vector<Claim*> keepers_of(const Claim& hold) const;

 private:
  Relative& find_or_add(const Forebear& process, Relative* parent);
  void add_waiters_of(const Relative& relative, const Claim& hold,
                      std::vector<Claim*>& keepers) const;
  void add_waiters_below(pid_t process, const Claim& hold, std::vector<Claim*>& keepers) const;

  std::unordered_multimap<pid_t, Relative> relatives_;
};

}  // namespace lockfs
