#include "tests/unit/engine/some_locks.h"

#include <utility>

namespace lockfs {

LockSpec named_lock(const std::string& name) {
  LockSpec spec;
  spec.name = name;
  spec.units = {name};
  return spec;
}

LockSpec board(const std::string& name, std::vector<std::string> units) {
  LockSpec spec;
  spec.name = name;
  spec.kind = LockKind::board;
  spec.units = std::move(units);
  return spec;
}

}  // namespace lockfs
