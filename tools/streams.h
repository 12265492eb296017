// Where a tool writes: its main gives std::cout and std::cerr, a test two string streams.
#pragma once

#include <ostream>

namespace lockfs {

struct Streams {
  std::ostream& out;
  std::ostream& err;
  bool colours = false;  // out is a terminal that shall have them
  bool live = false;     // err is the terminal that is stderr, and can be drawn on
};

}  // namespace lockfs
