#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/fuzz.h"

namespace lockfs::fuzz {

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace lockfs::fuzz
