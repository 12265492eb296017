#include "tests/unit/simulation/crash_simulation_holds.h"

#include <algorithm>

#include "core/snapshot.h"
#include "tests/unit/simulation/crash_simulation_order.h"

namespace lockfs::sim {

OwnerId id_of(const OwnerKey& owner) { return {owner.via, owner.node, owner.id}; }

std::map<OwnerId, Hold> holds_of(const Engine& engine) {
  const Snapshot image = Snapshot::save(engine);
  std::map<NodeId, const Snapshot::Lock*> locks;
  for (const auto& lock : image.locks) locks.emplace(lock.node, &lock);
  std::map<OwnerId, Hold> holds;
  for (const auto& claim : image.holds) {
    Hold& hold = holds[id_of(claim.owner)];
    hold.owner = claim.owner;
    hold.token = claim.token;
    hold.mode = claim.mode;
    hold.ranges = claim.ranges;
    if (claim.owner.via == Via::flock) hold.note = claim.note;
    hold.handles = {claim.others.begin(), claim.others.end()};
    hold.handles.insert(claim.handle);
    hold.process = claim.asker.process;
    for (const auto& grant : claim.grants) {
      const auto& unit = locks.at(grant.lock)->units.at(grant.unit);
      hold.units.emplace_back(grant.lock, unit.name, grant.mode);
    }
  }
  return holds;
}

std::optional<Hold> hold_of(const Engine& engine, const OwnerKey& owner) {
  const auto holds = holds_of(engine);
  const auto found = holds.find(id_of(owner));
  return found == holds.end() ? std::nullopt : std::optional(found->second);
}

bool akin(const Hold& a, const Hold& b) {
  if (a.owner.via == b.owner.via || a.owner.node != b.owner.node) return false;
  return a.process == b.process ||
         std::any_of(a.handles.begin(), a.handles.end(),
                     [&](HandleId handle) { return b.handles.contains(handle); });
}

bool excludes(const Hold& a, const Hold& b) {
  for (const auto& [lock, unit, mode] : a.units) {
    for (const auto& [other_lock, other_unit, other_mode] : b.units) {
      const bool both_share = mode == Mode::shared && other_mode == Mode::shared;
      if (lock == other_lock && unit == other_unit && !both_share && !akin(a, b)) return true;
    }
  }
  return false;
}

namespace {

// Whether these units are what some alternative of the text asks for.
bool is_whole(const std::string& text, const std::map<std::string, std::uint32_t>& units) {
  const auto expression = parse_expression(text);
  if (!expression) return false;
  const auto& alternatives = expression->alternatives;
  return std::any_of(alternatives.begin(), alternatives.end(), [&](const AllOf& all) {
    std::map<std::string, std::uint32_t> wanted;
    for (const auto& term : all) wanted[term.name] += term.count;
    return wanted == units;
  });
}

}  // namespace

void check_wholeness(const Engine& engine) {
  const Snapshot image = Snapshot::save(engine);
  std::map<NodeId, std::string> texts_of;
  for (const auto& lock : image.locks) texts_of.emplace(lock.node, lock.name);
  for (const auto& expression : image.expressions) {
    texts_of.emplace(expression.node, expression.text);
  }
  for (const auto& hold : image.holds) {
    std::map<std::string, std::uint32_t> units;
    for (const auto& grant : hold.grants) ++units[texts_of.at(grant.lock)];
    require(is_whole(texts_of.at(hold.owner.node), units), "a set is held as a whole");
  }
}

}  // namespace lockfs::sim
