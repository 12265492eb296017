// The main() of each of these programs: LOCKFS_PROGRAM says which.
#include <iostream>
#include <string>
#include <vector>

#include "tools/compat/program.h"

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
  return lockfs::compat::perform(lockfs::compat::LOCKFS_PROGRAM, args, {std::cout, std::cerr});
}
