// Where a tool writes: its main gives std::cout and std::cerr, a test two string streams.
#pragma once

#include <ostream>

namespace lockfs {

struct Streams {
  std::ostream& out;
  std::ostream& err;
};

}  // namespace lockfs
