#include "core/json_view.h"

#include <nlohmann/json.hpp>

#include "core/json_text.h"

namespace lockfs {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const ClaimView& claim, const LocalTime& rfc3339) {
  Json json;
  json["mode"] = to_string(claim.mode);
  json["user"] = claim.user;
  json["uid"] = claim.uid == unknown_uid ? Json() : Json(claim.uid);
  json["host"] = claim.host.empty() ? Json() : Json(claim.host);
  json["pid"] = claim.pid == 0 ? Json() : Json(claim.pid);
  json["via"] = to_string(claim.via);
  json["since"] = rfc3339(claim.since);
  json["command"] = claim.command.empty() ? Json() : Json(claim.command);
  json["inherited"] = claim.inherited;
  return json;
}

Json to_json(const std::optional<MarkView>& view, const LocalTime& rfc3339) {
  if (!view) return nullptr;
  Json json;
  json["user"] = view->user;
  json["uid"] = view->mark.by;
  json["since"] = rfc3339(view->mark.since);
  json["reason"] = view->mark.reason;
  return json;
}

// With whom it waits in a circle; null if it does not.
Json deadlock_of(const ClaimView& waiter) {
  if (!waiter.deadlocked) return nullptr;
  Json others = Json::array();
  for (const auto& other : waiter.deadlocked_with) {
    others.push_back({{"lock", other.lock}, {"pid", other.pid == 0 ? Json() : Json(other.pid)}});
  }
  return others;
}

Json to_json(const LockView& lock, const UnitView& unit, const LocalTime& rfc3339) {
  Json json;
  json["name"] = unit.name;
  json["state"] = state_of(lock, unit);
  json["since"] = rfc3339(unit.since);
  json["offline"] = to_json(unit.offline, rfc3339);
  json["holders"] = Json::array();
  for (const auto& holder : unit.holders) {
    json["holders"].push_back(to_json(holder, rfc3339));
    json["holders"].back()["token"] = holder.token;
    json["holders"].back()["note"] = holder.note.empty() ? Json() : Json(holder.note);
  }
  return json;
}

Json to_json(const LockView& lock, const LocalTime& rfc3339) {
  Json json;
  json["name"] = lock.name;
  json["kind"] = to_string(lock.kind);
  json["description"] = lock.description;
  json["retired"] = lock.retired;
  json["draining"] = to_json(lock.draining, rfc3339);
  json["units"] = Json::array();
  for (const auto& unit : lock.units) json["units"].push_back(to_json(lock, unit, rfc3339));
  json["waiters"] = Json::array();
  for (const auto& waiter : lock.waiters) {
    json["waiters"].push_back(to_json(waiter, rfc3339));
    json["waiters"].back()["place"] = json["waiters"].size();
    json["waiters"].back()["deadlock"] = deadlock_of(waiter);
  }
  return json;
}

}  // namespace

std::string_view state_of(const LockView& lock, const UnitView& unit) {
  if (unit.cleaning) return "cleaning";
  if (unit.retired) return "retired";
  if (!unit.holders.empty()) return "held";
  return unit.offline ? "offline" : lock.draining ? "draining" : "free";
}

std::string_view to_string(LockKind kind) {
  switch (kind) {
    case LockKind::board:
      return "board";
    case LockKind::counting:
      return "counting";
    case LockKind::named:
      return "named";
    case LockKind::dynamic:
      return "dynamic";
  }
  return "";
}

std::string render_json(const Description& description, const LocalTime& rfc3339) {
  Json json;
  json["locks"] = Json::array();
  for (const auto& lock : description.locks) json["locks"].push_back(to_json(lock, rfc3339));
  return json_text(json);
}

std::string render_json(const LockView& lock, const LocalTime& rfc3339) {
  return json_text(to_json(lock, rfc3339));
}

}  // namespace lockfs
