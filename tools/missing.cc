#include "tools/missing.h"

#include <algorithm>

#include "core/expression.h"
#include "core/table_view.h"
#include "tools/lock_files.h"

namespace lockfs {
namespace {

// Empty if all of it is there.
std::string missing(const Term& term, const std::string& mount) {
  const auto lock = read_lock(mount, term.name);
  if (!lock) {
    return "there is no lock " + term.name + " on " + mount +
           ", and an expression makes none (lockctl create " + term.name + ")";
  }
  const auto is_wanted = [&](const UnitState& unit) { return unit.name == *term.address; };
  if (term.address && std::none_of(lock->units.begin(), lock->units.end(), is_wanted)) {
    return term.name + " has no unit " + as_text(*term.address);
  }
  if (term.count <= lock->units.size()) return "";
  return term.name + " has only " + std::to_string(lock->units.size()) +
         (lock->units.size() == 1 ? " unit" : " units");
}

}  // namespace

std::string explain_missing(const LockFile& lock) {
  const auto expression = parse_expression(lock.name);
  if (expression && !valid_name(lock.name)) {
    for (const auto& all : expression->alternatives) {
      for (const auto& term : all) {
        if (auto reason = missing(term, lock.mount); !reason.empty()) return reason;
      }
    }
  }
  return "there is no lock " + lock.typed + " on " + lock.mount;
}

}  // namespace lockfs
