// The lines of a mount's .events, one after the other. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "fs/descriptor.h"
#include "tools/failure.h"

namespace lockfs {

class EventStream {
 public:
  // From a position on; 0: from now on.
  static Result<EventStream> open(const std::string& mount, std::uint64_t from, bool wait);

  // Calls `take` with each line, without its newline, until it says no, or, where waiting is not
  // wanted, there is no more now.
  using Take = std::function<bool(std::string_view)>;
  Result<int> read(const Take& take);

 private:
  std::string mount_;
  Descriptor fd_;
};

}  // namespace lockfs
