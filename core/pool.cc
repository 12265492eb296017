#include "core/pool.h"

#include <algorithm>
#include <unordered_map>

namespace lockfs {

Unit* Pool::find(std::string_view name) const {
  for (const auto& unit : units_) {
    if (unit->name == name) return unit.get();
  }
  return nullptr;
}

void Pool::set_free(Unit& unit) {
  free_.push_back(unit);
  ++free_count_;
}

void Pool::unset_free(Unit& unit) {
  free_.remove(unit);
  --free_count_;
}

// Nobody new gets it from now on.
void Pool::withdraw(Unit& unit) {
  if (is_free(unit)) unset_free(unit);
  std::erase(shared_, &unit);
}

void Pool::readmit(Unit& unit) {
  if (!unit.held()) {
    set_free(unit);
  } else if (unit.mode == Mode::shared) {
    shared_.push_back(&unit);
  }
}

void Pool::retire(Unit& unit) {
  if (unit.retired) return;
  unit.retired = true;
  --usable_;
  withdraw(unit);
}

void Pool::bring_back(Unit& unit) {
  if (!unit.retired) return;
  unit.retired = false;
  ++usable_;
  if (unit.in_service()) readmit(unit);
}

void Pool::mark(Unit& unit, std::optional<Mark> offline) {
  const bool before = unit.in_service();
  unit.offline = std::move(offline);
  change_service(unit, before);
}

void Pool::set_cleaning(Unit& unit, bool cleaning, WallTime now) {
  const bool before = unit.in_service();
  unit.cleaning = cleaning;
  unit.since = now;
  change_service(unit, before);
}

void Pool::change_service(Unit& unit, bool before) {
  if (before && !unit.in_service()) withdraw(unit);
  if (!before && unit.in_service()) readmit(unit);
}

void Pool::reshape(const std::vector<std::string>& names, WallTime now) {
  std::unordered_map<std::string_view, std::unique_ptr<Unit>> old;
  for (auto& unit : units_) old.emplace(unit->name, std::move(unit));
  units_.clear();
  for (const auto& name : names) {
    if (const auto known = old.find(name); known != old.end()) {
      auto unit = std::move(known->second);
      old.erase(known);
      bring_back(*unit);
      units_.push_back(std::move(unit));
    } else {
      units_.push_back(std::make_unique<Unit>());
      units_.back()->name = name;
      units_.back()->since = now;
      set_free(*units_.back());
      ++usable_;
    }
  }
  std::vector<std::unique_ptr<Unit>> left;
  left.reserve(old.size());
  for (auto& [name, unit] : old) left.push_back(std::move(unit));
  std::sort(left.begin(), left.end(), [](auto& a, auto& b) { return a->name < b->name; });
  for (auto& unit : left) {
    retire(*unit);
    units_.push_back(std::move(unit));
  }
}

void Pool::take(Grant& grant, WallTime now) {
  Unit& unit = *grant.unit;
  const bool was_held = unit.held();
  if (is_free(unit)) unset_free(unit);
  unit.holders.push_back(grant);
  if (grant.mode == Mode::exclusive) ++unit.writers;
  review(unit, was_held, now);
}

void Pool::drop(Grant& grant, WallTime now) {
  Unit& unit = *grant.unit;
  unit.holders.remove(grant);
  if (grant.mode == Mode::exclusive) --unit.writers;
  review(unit, true, now);
}

void Pool::convert(Grant& grant, Mode mode, WallTime now) {
  Unit& unit = *grant.unit;
  unit.holders.remove(grant);
  unit.holders.push_back(grant);
  if (grant.mode == Mode::exclusive) --unit.writers;
  if (mode == Mode::exclusive) ++unit.writers;
  grant.mode = mode;
  review(unit, true, now);
}

// A unit whose holders changed goes among the free or the shared ones, or leaves them.
void Pool::review(Unit& unit, bool was_held, WallTime now) {
  const Mode before = unit.mode;
  if (unit.held()) unit.mode = unit.writers > 0 ? Mode::exclusive : Mode::shared;
  if (unit.held() == was_held && unit.mode == before) return;
  unit.since = now;
  if (!unit.in_service()) return;
  if (was_held && before == Mode::shared) std::erase(shared_, &unit);
  if (!unit.held()) {
    set_free(unit);
  } else if (unit.mode == Mode::shared) {
    shared_.push_back(&unit);
  }
}

void Pool::discard_unused() {
  if (units_.size() == usable_) return;
  std::erase_if(units_, [](const auto& unit) {
    return unit->retired && !unit->held() && !unit->cleaning && unit->pickers.empty();
  });
}

}  // namespace lockfs
