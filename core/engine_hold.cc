// Opening to hold: the files under .hold/ (dlmfs's rule).
#include <algorithm>

#include "core/engine.h"

namespace lockfs {

// The locks that are to be held; none, and why, if there is nothing to open.
std::vector<Lock*> Engine::find_held(const event::Hold& e, Reason& reason) {
  if (e.name.empty()) return find_names(e.node, e.client.uid, reason);
  if (Lock* lock = locks_.find(e.name)) return {lock};
  reason = may_make(e.name, e.client.uid);
  if (reason != Reason::none) return {};
  return {&make_dynamic(e.name, e.client.uid)};
}

// Few threads are between the two calls at a time; the earliest of too many has long gone on.
void Engine::expect_open(pid_t thread, NodeId node) {
  if (expected_opens_.size() == max_expected_opens) expected_opens_.erase(expected_opens_.begin());
  expected_opens_.push_back({thread, node});
}

std::optional<NodeId> Engine::find_expected(std::string_view name, pid_t thread) const {
  for (const auto& expected : expected_opens_) {
    if (expected.thread != thread) continue;
    if (locks_.lingering_name(expected.node) == name) return expected.node;
  }
  return std::nullopt;
}

void Engine::on(const event::Hold& e) {
  Reason reason = Reason::none;
  std::erase_if(expected_opens_, [&](const auto& open) { return open.thread == e.client.thread; });
  if (too_many_opens(e.client.uid)) return answer({.id = e.id, .reason = Reason::too_many_opens});
  const auto names = find_held(e, reason);
  if (names.empty()) return answer({.id = e.id, .reason = reason});
  const NodeId node = e.name.empty() ? e.node : names.front()->node;
  Handle& handle = handles_.open(FileKind::hold, node, e.client);
  handle.expression = locks_.find_expression(node);
  if (handle.expression != nullptr) ++handle.expression->opens;
  for (Lock* lock : names) pin(handle, *lock);
  ask_to_hold(e, handle);
}

// Whoever gets nothing has opened nothing.
void Engine::ask_to_hold(const event::Hold& e, Handle& handle) {
  const HandleId id = handle.id;
  Alternatives alternatives;
  const Reason reason = resolve_anew(handle, e.mode, alternatives);
  if (reason != Reason::none) {
    answer({.id = e.id, .reason = reason});
    return on(event::Close{id});
  }
  event::Acquire request;
  request.id = e.id;
  request.handle = id;
  request.owner = {Via::hold, handle.node, static_cast<std::uint64_t>(id)};
  request.mode = e.mode;
  request.thread = e.client.thread;
  auto claim = make_claim(request, handle, next_ticket_++);
  claim->alternatives = std::move(alternatives);
  // A CREATE cannot wait: the kernel looks the name up again, and opens.
  if (!e.name.empty() && e.wait && !choose(*claim, {})) {
    answer({.id = e.id, .reason = Reason::stale});
    expect_open(e.client.thread, handle.node);
    return on(event::Close{id});
  }
  handle.owners.push_back(request.owner);
  if (!ask(std::move(claim), e.wait, {})) on(event::Close{id});
}

std::vector<HeldUnit> Engine::units_of(HandleId id) const {
  std::vector<HeldUnit> units;
  const Handle* handle = handles_.find(id);
  if (handle == nullptr) return units;
  for (const auto& owner : handle->owners) {
    const Claim* hold = claims_.hold_of(owner);
    if (hold == nullptr) continue;
    for (const auto& grant : hold->grants) units.push_back({grant.lock->name, grant.unit->name});
  }
  return units;
}

}  // namespace lockfs
