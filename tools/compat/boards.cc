#include "tools/compat/boards.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/table_view.h"

namespace lockfs::compat {
namespace {

using Json = nlohmann::json;

constexpr std::size_t local_time_size = std::string_view("2026-11-21T10:04:02").size();

std::string since(const Json& json) {
  return "since " + as_word(json.at("since").get<std::string>().substr(0, local_time_size));
}

// "jack since 2026-11-21T10:04:02", with the host if it is another one.
std::string describe_holder(const Json& holder) {
  std::string text = as_word(holder.at("user").get<std::string>());
  const auto& host = holder.at("host");
  if (host.is_string()) text += "@" + as_word(host.get<std::string>());
  return text + " " + since(holder);
}

std::string holders_of(const Json& unit) {
  std::string text;
  for (const auto& holder : unit.at("holders")) {
    text += (text.empty() ? "" : ", ") + describe_holder(holder);
  }
  return text;
}

// A unit that is held shows its holders; beyond that only what is out of the ordinary.
std::string describe_unit(const Json& unit) {
  const std::string state = as_word(unit.at("state").get<std::string>());
  const std::string holders = holders_of(unit);
  if (holders.empty()) return state == "free" ? state : state + " " + since(unit);
  return state == "held" ? holders : holders + " (" + state + ")";
}

std::string describe_board(const Json& lock) {
  std::size_t width = 0;
  std::vector<std::pair<std::string, std::string>> lines;
  for (const auto& unit : lock.at("units")) {
    lines.emplace_back(as_word(unit.at("name").get<std::string>()), describe_unit(unit));
    width = std::max(width, lines.back().first.size());
  }
  std::string text = as_word(lock.at("name").get<std::string>()) + "\n";
  for (auto& [name, words] : lines) {
    name.resize(width, ' ');
    text.append("  ").append(name).append("  ").append(words).append("\n");
  }
  return text;
}

}  // namespace

std::optional<std::string> describe_boards(std::string_view status_json) {
  const Json status = Json::parse(status_json, nullptr, false);
  try {
    std::string text;
    for (const auto& lock : status.at("locks")) {
      if (lock.at("kind") == "board") text += describe_board(lock);
    }
    return text;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace lockfs::compat
