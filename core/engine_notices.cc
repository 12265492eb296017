// What the engine tells those who watch (notice.h).
#include <algorithm>

#include "core/engine.h"

namespace lockfs {
namespace {

// Adds a line to a notice's units, as far as they are named.
void add_unit(Effects& effects, Notice& notice, const Lock& lock, const Unit* unit) {
  if (++notice.unit_count > Notice::max_units) return;
  std::string& text = effects.text;
  if (notice.units.size == 0) notice.units.begin = static_cast<std::uint32_t>(text.size());
  text += lock.name;
  if (unit != nullptr) (text += ' ') += unit->name;
  text += '\n';
  notice.units.size = static_cast<std::uint32_t>(text.size()) - notice.units.begin;
}

}  // namespace

Notice& Engine::notice(NoticeKind kind) {
  Notice& made = effects_->notices.emplace_back();
  made.kind = kind;
  made.position = ++last_position_;
  made.time = now_;
  return made;
}

Notice& Engine::notice(NoticeKind kind, const Lock& lock, const Unit* unit) {
  Notice& made = notice(kind);
  add_unit(*effects_, made, lock, unit);
  return made;
}

// Of a waiter the places where it stands, of a holder what it has. `since`: of the wait or hold
// that ended with this. Each token is granted once and released once.
Notice& Engine::notice(NoticeKind kind, const Claim& claim, WallTime since, Reason reason) {
  Notice& made = notice(kind);
  made.of_claim = true;
  made.mode = claim.mode;
  made.via = claim.owner.via;
  made.client = claim.client;
  made.token = claim.token;
  made.ticket = claim.ticket;
  made.reason = reason;
  made.since = since;
  if (!claim.extras->note.empty()) made.words = effects_->keep(claim.extras->note);
  for (const auto& grant : claim.grants) add_unit(*effects_, made, *grant.lock, grant.unit);
  if (!claim.grants.empty()) return made;
  for (const auto& place : claim.places()) add_unit(*effects_, made, *place.lock, place.unit);
  return made;
}

// Who set it, and why.
void Engine::say_mark(Notice& told, const Mark& mark) {
  told.by = mark.by;
  told.words = effects_->keep(mark.reason);
}

void Engine::notice_command(const event::Control& e, const Outcome& outcome) {
  Notice& made = notice(NoticeKind::command);
  made.client = e.client;
  made.code = outcome.code;
  made.reason = to_reason(outcome.code);
  made.words = effects_->keep(e.words);
  made.answer = effects_->keep(outcome.text);
}

}  // namespace lockfs
