// A place in the text that one descriptor reads of .events. Kept with the descriptor, and so over
// crashes: who reads on gets what comes next, once.
#pragma once

#include <cstdint>

namespace lockfs {

struct EventPlace {
  std::int64_t offset = 0;     // the descriptor's
  std::uint64_t position = 1;  // what stands there: the record of this position
  std::uint32_t skip = 0;      // from this byte of its line on
  bool start = true;           // the line that a reader gets before all else comes first
  friend bool operator==(const EventPlace&, const EventPlace&) = default;
};

}  // namespace lockfs
