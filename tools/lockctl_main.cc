#include <iostream>
#include <string>
#include <vector>

#include "tools/live_lines.h"
#include "tools/lockctl.h"
#include "tools/paint.h"

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
  return lockfs::lockctl(args,
                         {std::cout, std::cerr, lockfs::wants_colours(), lockfs::can_redraw()});
}
