// Notes: what holders write into a lock's file.
#include <algorithm>

#include "core/engine.h"
#include "core/note.h"

namespace lockfs {

bool Engine::holds_through(HandleId id) const {
  const Handle* handle = handles_.find(id);
  return handle != nullptr && !holds_through(*handle).empty();
}

std::vector<Claim*> Engine::holds_through(const Handle& handle) const {
  std::vector<Claim*> holds;
  for (const auto& owner : handle.owners) {
    Claim* hold = claims_.hold_of(owner);
    if (hold != nullptr && hold->uses(handle.id)) holds.push_back(hold);
  }
  return holds;
}

// Those holds of the descriptor's locks that are the writer's. A set is met at each of its units.
std::vector<Claim*> Engine::holds_among(const Handle& handle, const std::vector<Ticket>& tickets) {
  std::vector<Claim*> holds;
  const auto add = [&](Claim* hold) {
    const bool wanted = std::find(tickets.begin(), tickets.end(), hold->ticket) != tickets.end();
    if (wanted && std::find(holds.begin(), holds.end(), hold) == holds.end()) holds.push_back(hold);
  };
  if (tickets.empty()) return holds;
  for (const Lock* lock : handle.names) {
    for (const auto& unit : lock->pool.units()) {
      for (const auto* grant = unit->holders.first(); grant != nullptr;
           grant = decltype(unit->holders)::after(*grant)) {
        add(grant->claim);
      }
    }
  }
  return holds;
}

void Engine::on(const event::Note& e) {
  const Handle* handle = handles_.find(e.handle);
  if (handle == nullptr || e.text.size() > max_note_bytes) {
    return answer({.id = e.id, .reason = Reason::invalid});
  }
  auto holds = holds_through(*handle);
  if (holds.empty()) holds = holds_among(*handle, e.holds);
  for (Claim* hold : holds) {
    hold->extras.edit().note = e.text;
    notice(NoticeKind::noted, *hold);
  }
  answer({.id = e.id, .reason = holds.empty() ? Reason::not_allowed : Reason::none});
}

}  // namespace lockfs
