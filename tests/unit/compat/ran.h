// One of the older systems' programs, run in-process.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "tools/compat/program.h"

namespace lockfs::compat {

struct Ran {
  int status = -1;
  std::string out;
  std::string err;
};

inline Ran run(const Program& program, const std::vector<std::string>& args) {
  std::ostringstream out;
  std::ostringstream err;
  const int status = perform(program, args, {out, err});
  return {status, out.str(), err.str()};
}

}  // namespace lockfs::compat
