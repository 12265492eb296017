#include "core/description.h"

#include <algorithm>

#include "core/wait_graph.h"

namespace lockfs {
namespace {

std::optional<MarkView> describe(const std::optional<Mark>& mark) {
  return mark ? std::optional(MarkView{*mark}) : std::nullopt;
}

UnitView describe(const Unit& unit) {
  UnitView view{unit.name, unit.retired, unit.since, {}, describe(unit.offline), unit.cleaning};
  for (const auto* grant = unit.holders.first(); grant != nullptr;
       grant = decltype(unit.holders)::after(*grant)) {
    view.holders.push_back(describe(*grant->claim, grant->mode));
  }
  return view;
}

// The mode in which a waiter wants this lock: exclusive if it wants any unit so.
Mode mode_at(const Claim& claim, const Lock& lock) {
  for (const auto& place : claim.places()) {
    if (place.lock == &lock && place.mode == Mode::exclusive) return Mode::exclusive;
  }
  return Mode::shared;
}

constexpr std::size_t few = 16;

void add_others(ClaimView& view, const Claim& claim) {
  for (const Claim* other : claim.extras->deadlock->waits) {
    if (other == &claim) continue;
    if (view.deadlocked_with.size() == few) return;
    view.deadlocked_with.push_back(
        {other->places().front().lock->name, other->owner.via, other->client, other->asker, 0});
  }
}

}  // namespace

ClaimView describe(const Claim& claim, Mode mode) {
  ClaimView view;
  view.mode = mode;
  view.via = claim.owner.via;
  view.node = claim.owner.node;
  view.handle = claim.handle;
  view.client = claim.client;
  view.asker = claim.asker;
  view.since = claim.since;
  view.token = claim.token;
  view.ticket = claim.ticket;
  view.uid = claim.client.uid;
  view.note = claim.extras->note;
  view.deadlocked = claim.extras->deadlock != nullptr;
  if (view.deadlocked) add_others(view, claim);
  if (claim.extras->party != nullptr) view.remote = *claim.extras->party;
  return view;
}

LockView describe(const Lock& lock) {
  LockView view{lock.name,
                lock.kind,
                lock.description,
                !lock.in_service(),
                {},
                {},
                describe(copy_of(lock.draining))};
  view.units.reserve(lock.pool.units().size());
  for (const auto& unit : lock.pool.units()) view.units.push_back(describe(*unit));
  for (const Claim* next = lock.next_waiter(0); next != nullptr;
       next = lock.next_waiter(next->ticket)) {
    view.waiters.push_back(describe(*next, mode_at(*next, lock)));
  }
  return view;
}

std::vector<OpenView> describe_opens(const Engine& engine, const std::set<NodeId>& nodes) {
  std::vector<OpenView> opens;
  for (const auto& [id, handle] : engine.open_files()) {
    const bool locks = handle.kind == FileKind::lock || handle.kind == FileKind::hold;
    if (!locks || !nodes.contains(handle.node)) continue;
    const auto* expression = handle.expression;
    const auto& name = expression != nullptr ? expression->text : handle.names.front()->name;
    opens.push_back({id, handle.node, handle.kind, name, handle.client});
  }
  std::sort(opens.begin(), opens.end(),
            [](const OpenView& a, const OpenView& b) { return a.handle < b.handle; });
  return opens;
}

Description describe(const Engine& engine) {
  Description description;
  description.locks.reserve(engine.locks().locks().size());
  for (const auto& [node, lock] : engine.locks().locks()) {
    description.locks.push_back(describe(*lock));
  }
  return description;
}

}  // namespace lockfs
