#include "tools/lock_state.h"

#include <nlohmann/json.hpp>

#include "core/json_text.h"

namespace lockfs {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::size_t local_time_size = std::string_view("2026-11-21T10:04:02").size();

// What stands there, or the default where it is null or not there at all.
template <class Value>
Value value_or(const OrderedJson& json, const char* key, Value fallback) {
  const auto found = json.find(key);
  return found == json.end() || found->is_null() ? fallback : found->get<Value>();
}

Claimant to_claimant(const OrderedJson& json) {
  Claimant claimant;
  json.at("mode").get_to(claimant.mode);
  json.at("user").get_to(claimant.user);
  json.at("uid").get_to(claimant.uid);
  if (!json.at("pid").is_null()) claimant.pid = json.at("pid").get<std::int64_t>();
  json.at("via").get_to(claimant.via);
  json.at("since").get_to(claimant.since);
  claimant.command = value_or(json, "command", std::string());
  claimant.note = value_or(json, "note", std::string());
  claimant.token = value_or(json, "token", std::uint64_t{0});
  return claimant;
}

std::optional<MarkState> mark_or_none(const OrderedJson& json, const char* key) {
  const auto mark = json.find(key);
  if (mark == json.end() || mark->is_null()) return std::nullopt;
  return MarkState{mark->at("user").get<std::string>(), mark->at("since").get<std::string>(),
                   mark->at("reason").get<std::string>()};
}

UnitState to_unit(const OrderedJson& json) {
  UnitState unit;
  json.at("name").get_to(unit.name);
  json.at("state").get_to(unit.state);
  unit.offline = mark_or_none(json, "offline");
  for (const auto& holder : json.at("holders")) unit.holders.push_back(to_claimant(holder));
  return unit;
}

LockState to_lock(const OrderedJson& json) {
  LockState lock;
  json.at("name").get_to(lock.name);
  lock.draining = mark_or_none(json, "draining");
  for (const auto& unit : json.at("units")) lock.units.push_back(to_unit(unit));
  for (const auto& waiter : json.at("waiters")) lock.waiters.push_back(to_claimant(waiter));
  return lock;
}

OrderedJson hold_as_json(const LockState& lock, const UnitState& unit, const Claimant& holder) {
  return {{"lock", lock.name},
          {"unit", unit.name},
          {"mode", holder.mode},
          {"user", holder.user},
          {"uid", holder.uid},
          {"pid", holder.pid ? OrderedJson(*holder.pid) : OrderedJson()},
          {"via", holder.via},
          {"since", holder.since},
          {"token", holder.token},
          {"note", holder.note.empty() ? OrderedJson() : OrderedJson(holder.note)},
          {"command", holder.command.empty() ? OrderedJson() : OrderedJson(holder.command)}};
}

}  // namespace

std::optional<std::vector<LockState>> read_status(std::string_view json) {
  try {
    std::vector<LockState> locks;
    const auto status = OrderedJson::parse(json);
    for (const auto& lock : status.at("locks")) locks.push_back(to_lock(lock));
    return locks;
  } catch (const OrderedJson::exception&) {
    return std::nullopt;
  }
}

std::optional<LockState> read_lock_state(std::string_view json) {
  try {
    return to_lock(OrderedJson::parse(json));
  } catch (const OrderedJson::exception&) {
    return std::nullopt;
  }
}

std::string holds_as_json(const std::vector<LockState>& locks) {
  OrderedJson json;
  json["holds"] = OrderedJson::array();
  for (const auto& lock : locks) {
    for (const auto& unit : lock.units) {
      for (const auto& holder : unit.holders) {
        json["holds"].push_back(hold_as_json(lock, unit, holder));
      }
    }
  }
  return json_text(json);
}

std::string local_time(const std::string& rfc3339) { return rfc3339.substr(0, local_time_size); }

}  // namespace lockfs
