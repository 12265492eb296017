#include "tools/holds.h"

#include <functional>
#include <nlohmann/json.hpp>

namespace lockfs {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t local_time_size = std::string_view("2026-11-21T10:04:02").size();

Hold read_hold(const std::string& lock, const std::string& unit, const Json& json) {
  Hold hold;
  hold.lock = lock;
  hold.unit = unit;
  json.at("mode").get_to(hold.mode);
  json.at("user").get_to(hold.user);
  json.at("uid").get_to(hold.uid);
  if (!json.at("pid").is_null()) hold.pid = json.at("pid").get<std::int64_t>();
  json.at("via").get_to(hold.via);
  json.at("since").get_to(hold.since);
  json.at("token").get_to(hold.token);
  if (!json.at("command").is_null()) json.at("command").get_to(hold.command);
  return hold;
}

void read_lock(const Json& json, std::vector<Hold>& holds) {
  const auto name = json.at("name").get<std::string>();
  for (const auto& unit : json.at("units")) {
    const auto unit_name = unit.at("name").get<std::string>();
    for (const auto& holder : unit.at("holders")) {
      holds.push_back(read_hold(name, unit_name, holder));
    }
  }
}

std::optional<std::vector<Hold>> read(
    std::string_view text, const std::function<void(const Json&, std::vector<Hold>&)>& read_all) {
  try {
    std::vector<Hold> holds;
    read_all(Json::parse(text), holds);
    return holds;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<std::vector<Hold>> holds_in_status(std::string_view json) {
  return read(json, [](const Json& status, std::vector<Hold>& holds) {
    for (const auto& lock : status.at("locks")) read_lock(lock, holds);
  });
}

std::optional<std::vector<Hold>> holds_of_lock(std::string_view json) {
  return read(json, read_lock);
}

std::string holds_as_json(const std::vector<Hold>& holds) {
  Json json;
  json["holds"] = Json::array();
  for (const auto& hold : holds) {
    json["holds"].push_back({{"lock", hold.lock},
                             {"unit", hold.unit},
                             {"mode", hold.mode},
                             {"user", hold.user},
                             {"uid", hold.uid},
                             {"pid", hold.pid ? Json(*hold.pid) : Json()},
                             {"via", hold.via},
                             {"since", hold.since},
                             {"token", hold.token},
                             {"command", hold.command.empty() ? Json() : Json(hold.command)}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string local_time(const Hold& hold) { return hold.since.substr(0, local_time_size); }

}  // namespace lockfs
