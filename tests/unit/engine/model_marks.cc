// What an administrator does, in the model: breaks holds, takes units offline, drains locks.
#include "tests/unit/engine/model.h"

namespace lockfs::model {

bool Model::marked(const Lock& lock) {
  const auto& units = lock.units;
  return lock.draining || std::any_of(units.begin(), units.end(),
                                      [](const Unit& unit) { return unit.offline.has_value(); });
}

// From the lock's first unit on, its holders in the order of their grants.
Code Model::run(const command::Break& c, uid_t by) {
  const auto lock = locks_.find(c.name);
  if (lock == locks_.end()) return Code::unknown_board;
  if (c.unit && find_unit(c.name, *c.unit) == nullptr) return Code::unknown_board;
  std::vector<Claim> holds;
  for (const auto& unit : lock->second.units) {
    if (c.unit && unit.name != *c.unit) continue;
    for (const Claim* holder : holders(c.name, unit.name)) {
      const bool known = std::any_of(holds.begin(), holds.end(), [&](const Claim& other) {
        return other.owner == holder->owner;
      });
      if (!known && c.token.value_or(holder->token) == holder->token) holds.push_back(*holder);
    }
  }
  if (holds.empty()) return Code::unavailable;
  if (!admins_.allows(by)) {
    std::erase_if(holds, [&](const Claim& claim) { return claim.client.uid != by; });
  }
  for (const auto& hold : holds) {
    for (const auto handle : hold.handles) handles_.at(handle).broken = {by, now_, c.reason};
    let_go(hold);
  }
  return holds.empty() ? Code::permission : Code::ok;
}

// A unit that comes back is as one that was just released.
void Model::mark(Unit& unit, std::optional<Mark> offline) {
  const bool comes_back = unit.offline && !offline;
  unit.offline = std::move(offline);
  if (comes_back) unit.freed = unit.shared = next_change_++;
}

Code Model::run(const command::Offline& c, uid_t by) {
  Unit* unit = locks_.count(c.name) == 0 ? nullptr : find_unit(c.name, c.unit);
  if (unit == nullptr) return Code::unknown_board;
  mark(*unit, Mark{by, now_, c.reason});
  return Code::ok;
}

Code Model::run(const command::Online& c, uid_t) {
  Unit* unit = locks_.count(c.name) == 0 ? nullptr : find_unit(c.name, c.unit);
  if (unit == nullptr) return Code::unknown_board;
  if (!unit->offline) return Code::unavailable;
  mark(*unit, std::nullopt);
  return Code::ok;
}

Code Model::run(const command::Drain& c, uid_t by) {
  const auto lock = locks_.find(c.name);
  if (lock == locks_.end()) return Code::unknown_board;
  lock->second.draining = {by, now_, c.reason};
  return Code::ok;
}

Code Model::run(const command::Undrain& c, uid_t) {
  const auto lock = locks_.find(c.name);
  if (lock == locks_.end()) return Code::unknown_board;
  if (!lock->second.draining) return Code::unavailable;
  lock->second.draining.reset();
  return Code::ok;
}

// What failed is offline: until its check succeeds, if it was that, else until somebody says so.
void Model::on(const event::HookEnded& e) {
  Unit* unit = locks_.count(e.place.lock) == 0 ? nullptr : find_unit(e.place.lock, e.place.unit);
  const bool check = e.kind == HookKind::check;
  if (unit == nullptr || (check ? unit->retired : !unit->cleaning)) return;
  const std::string reason = (check ? "check: " : "on_release: ") + e.failure;
  if (e.failure.empty()) {
    if (check && unit->offline && unit->offline->by_check) mark(*unit, std::nullopt);
  } else if (!check || !unit->offline) {
    mark(*unit, Mark{0, now_, reason, check});
  }
  if (check) return;
  unit->cleaning = false;
  unit->since = now_;
  unit->freed = unit->shared = next_change_++;
}

void Model::on(const event::SetMarks& e) {
  for (const auto& placed : e.marks) {
    const bool whole = placed.unit.value_or(placed.lock) == placed.lock;
    if (locks_.count(placed.lock) == 0 && valid_name(placed.lock) && whole) {
      make_dynamic(placed.lock, 0);
    }
    if (locks_.count(placed.lock) == 0) continue;
    if (!placed.unit) {
      locks_[placed.lock].draining = placed.mark;
    } else if (Unit* unit = find_unit(placed.lock, *placed.unit)) {
      mark(*unit, placed.mark);
    }
  }
}

}  // namespace lockfs::model
