// What an administrator does: breaks holds, takes units offline, drains locks.
#include <algorithm>

#include "core/engine.h"

namespace lockfs {
namespace {

Outcome unknown_lock(const std::string& name) {
  return {Code::unknown_board, "there is no lock of that name: " + name};
}

std::string unit_of(const std::string& lock, const std::string& unit) {
  return lock + "@" + encode_address(unit);
}

std::string with_reason(const std::string& text, const std::string& reason) {
  return reason.empty() ? text : text + ": " + reason;
}

}  // namespace

Engine::Marked Engine::find_marked(const std::string& name,
                                   const std::optional<std::string>& unit) const {
  Marked found;
  found.lock = locks_.find(name);
  if (found.lock == nullptr) return {nullptr, nullptr, unknown_lock(name)};
  if (!unit) return found;
  found.unit = found.lock->pool.find(*unit);
  if (found.unit != nullptr) return found;
  return {nullptr, nullptr, {Code::unknown_board, name + " has no unit " + *unit}};
}

// In the order of the units and of the grants of each; each once.
std::vector<Claim*> Engine::holds_of(const Lock& lock, const Unit* unit) {
  std::vector<Claim*> holds;
  for (const auto& each : lock.pool.units()) {
    if (unit != nullptr && each.get() != unit) continue;
    for (const auto* grant = each->holders.first(); grant != nullptr;
         grant = decltype(each->holders)::after(*grant)) {
      const bool known = std::find(holds.begin(), holds.end(), grant->claim) != holds.end();
      if (!known) holds.push_back(grant->claim);
    }
  }
  return holds;
}

// Takes the whole claim away from its owner, who learns it through the descriptors. What it held is
// given on when the event is settled.
void Engine::break_hold(Claim& hold, const Mark& why) {
  const auto broken = claims_.remove_hold(OwnerKey(hold.owner));
  drop_grants(*broken, why);
  clean_left(broken->grants);
  handles_.find(broken->handle)->extras.edit().broken = why;
  for (const HandleId other : broken->fcntl->others)
    handles_.find(other)->extras.edit().broken = why;
  forget_descriptors(*broken);
}

Outcome Engine::run(const command::Break& c, const Client& by) {
  const auto found = find_marked(c.name, c.unit);
  if (found.lock == nullptr) return found.outcome;
  auto holds = holds_of(*found.lock, found.unit);
  if (c.token) std::erase_if(holds, [&](const Claim* hold) { return hold->token != *c.token; });
  if (holds.empty()) {
    return {Code::unavailable, c.token ? "that grant does not stand any more: " + c.name
                                       : "nobody holds it: " + c.name};
  }
  if (!may_command(by.uid)) {
    std::erase_if(holds, [&](const Claim* hold) { return hold->client.uid != by.uid; });
  }
  if (holds.empty()) {
    return {Code::permission,
            "only root and members of admin_group may break the hold of another user"};
  }
  for (Claim* hold : holds) break_hold(*hold, {by.uid, now_, c.reason});
  const std::string count = std::to_string(holds.size());
  return {Code::ok, "broke " + count + (holds.size() == 1 ? " hold of " : " holds of ") + c.name};
}

void Engine::mark(Lock& lock, Unit& unit, std::optional<Mark> offline) {
  ++mark_changes_;
  Notice& told = notice(offline ? NoticeKind::offline : NoticeKind::online, lock, &unit);
  if (offline) say_mark(told, *offline);
  lock.pool.mark(unit, std::move(offline));
  touch(lock);
}

void Engine::drain(Lock& lock, const std::optional<Mark>& draining) {
  ++mark_changes_;
  Notice& told = notice(draining ? NoticeKind::draining : NoticeKind::undrained, lock);
  if (draining) say_mark(told, *draining);
  lock.draining = boxed(draining);
  touch(lock);
}

void Engine::clear_marks(Lock& lock) {
  if (lock.draining) drain(lock, std::nullopt);
  for (const auto& unit : lock.pool.units()) {
    if (unit->offline) mark(lock, *unit, std::nullopt);
  }
}

Outcome Engine::run(const command::Offline& c, const Client& by) {
  const auto found = find_marked(c.name, c.unit);
  if (found.lock == nullptr) return found.outcome;
  mark(*found.lock, *found.unit, Mark{by.uid, now_, c.reason});
  return {Code::ok, with_reason(unit_of(c.name, c.unit) + " is offline", c.reason)};
}

Outcome Engine::run(const command::Online& c, const Client&) {
  const auto found = find_marked(c.name, c.unit);
  if (found.lock == nullptr) return found.outcome;
  if (!found.unit->offline) {
    return {Code::unavailable, unit_of(c.name, c.unit) + " is not offline"};
  }
  mark(*found.lock, *found.unit, std::nullopt);
  return {Code::ok, unit_of(c.name, c.unit) + " is online"};
}

Outcome Engine::run(const command::Drain& c, const Client& by) {
  const auto found = find_marked(c.name, std::nullopt);
  if (found.lock == nullptr) return found.outcome;
  drain(*found.lock, Mark{by.uid, now_, c.reason});
  return {Code::ok, with_reason(c.name + " is draining", c.reason)};
}

Outcome Engine::run(const command::Undrain& c, const Client&) {
  const auto found = find_marked(c.name, std::nullopt);
  if (found.lock == nullptr) return found.outcome;
  if (!found.lock->draining) return {Code::unavailable, c.name + " is not draining"};
  drain(*found.lock, std::nullopt);
  return {Code::ok, c.name + " is given again"};
}

void Engine::on(const event::SetMarks& e) {
  for (const auto& [name, unit, placed] : e.marks) {
    Lock* lock = locks_.find(name);
    const bool dynamic = lock == nullptr && valid_name(name) && unit.value_or(name) == name;
    if (dynamic) lock = &make_dynamic(name, 0);
    Unit* offline = lock != nullptr && unit ? lock->pool.find(*unit) : nullptr;
    if (offline != nullptr) mark(*lock, *offline, placed);
    if (lock != nullptr && !unit) drain(*lock, placed);
  }
}

// Not those of units and locks that were taken out of the configuration: they go with these.
std::vector<PlacedMark> Engine::marks() const {
  std::vector<PlacedMark> marks;
  for (const auto& [node, lock] : locks_.locks()) {
    if (!lock->in_service()) continue;
    if (lock->draining) marks.push_back({lock->name, std::nullopt, *lock->draining});
    for (const auto& unit : lock->pool.units()) {
      if (unit->offline && !unit->retired)
        marks.push_back({lock->name, unit->name, *unit->offline});
    }
  }
  return marks;
}

}  // namespace lockfs
