#include "core/json_view.h"

#include <nlohmann/json.hpp>

namespace lockfs {
namespace {

using Json = nlohmann::ordered_json;

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

Json to_json(const ClaimView& claim, const LocalTime& rfc3339) {
  Json json;
  json["mode"] = to_string(claim.mode);
  json["user"] = claim.user;
  json["uid"] = claim.client.uid;
  json["host"] = nullptr;
  json["pid"] = claim.pid == 0 ? Json() : Json(claim.pid);
  json["via"] = to_string(claim.via);
  json["since"] = rfc3339(claim.since);
  json["command"] = claim.command.empty() ? Json() : Json(claim.command);
  return json;
}

Json to_json(const UnitView& unit, const LocalTime& rfc3339) {
  Json json;
  json["name"] = unit.name;
  json["state"] = unit.retired ? "retired" : unit.holders.empty() ? "free" : "held";
  json["since"] = rfc3339(unit.since);
  json["holders"] = Json::array();
  for (const auto& holder : unit.holders) {
    json["holders"].push_back(to_json(holder, rfc3339));
    json["holders"].back()["token"] = holder.token;
  }
  return json;
}

Json to_json(const LockView& lock, const LocalTime& rfc3339) {
  Json json;
  json["name"] = lock.name;
  json["kind"] = to_string(lock.kind);
  json["description"] = lock.description;
  json["retired"] = lock.retired;
  json["units"] = Json::array();
  for (const auto& unit : lock.units) json["units"].push_back(to_json(unit, rfc3339));
  json["waiters"] = Json::array();
  for (const auto& waiter : lock.waiters) {
    json["waiters"].push_back(to_json(waiter, rfc3339));
    json["waiters"].back()["place"] = json["waiters"].size();
  }
  return json;
}

std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string render_json(const Description& description, const LocalTime& rfc3339) {
  Json json;
  json["locks"] = Json::array();
  for (const auto& lock : description.locks) json["locks"].push_back(to_json(lock, rfc3339));
  return dump(json);
}

std::string render_json(const LockView& lock, const LocalTime& rfc3339) {
  return dump(to_json(lock, rfc3339));
}

}  // namespace lockfs
