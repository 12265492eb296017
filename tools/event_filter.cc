#include "tools/event_filter.h"

#include <array>
#include <nlohmann/json.hpp>

#include "core/table_view.h"
#include "tools/moment.h"

namespace lockfs {
namespace {

using Json = nlohmann::json;

Json parse(std::string_view line) {
  Json event = Json::parse(line, nullptr, false);
  return event.is_object() ? event : Json::object();
}

// The value as a word; empty if there is none.
std::string word(const Json& object, const char* key) {
  const auto value = object.find(key);
  if (value == object.end() || value->is_null()) return {};
  return value->is_string() ? value->get<std::string>() : value->dump();
}

bool is_of(const Json& event, const std::string& lock) {
  const auto units = event.find("units");
  if (units == event.end() || !units->is_array()) return false;
  return std::any_of(units->begin(), units->end(), [&](const Json& unit) {
    return unit.is_object() && word(unit, "lock") == lock;
  });
}

bool is_by(const Json& event, const std::string& user) {
  const auto by = event.find("by");
  const auto same = [&](const Json& who) {
    return word(who, "user") == user || word(who, "uid") == user;
  };
  return same(event) || (by != event.end() && by->is_object() && same(*by));
}

// `192.168.124.51`, of a set all that it has.
std::string units_of(const Json& event) {
  std::string text;
  const auto units = event.find("units");
  if (units == event.end() || !units->is_array()) return text;
  for (const auto& unit : *units) {
    if (!unit.is_object()) continue;
    const bool other = word(unit, "lock") != word(event, "lock");
    const std::string name = word(unit, "unit");
    if (name.empty() && !other) continue;
    text += (text.empty() ? "" : ",") + (other ? word(unit, "lock") + "@" : "") + name;
  }
  return text;
}

std::string span_of(const Json& event) {
  const auto seconds = event.find("seconds");
  if (seconds == event.end() || !seconds->is_number()) return {};
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.3f s", seconds->get<double>());
  const bool waited = word(event, "event") == "granted" || word(event, "event") == "ended";
  return (waited ? "waited " : "held ") + std::string(text.data());
}

// What a kind of event has besides.
std::string details_of(const Json& event) {
  std::string text;
  const auto add = [&](const std::string& part) {
    if (!part.empty()) text += (text.empty() ? "" : "; ") + part;
  };
  const std::string command = word(event, "command");
  if (!command.empty()) add(command + ": " + word(event, "code") + " " + word(event, "answer"));
  if (command.empty()) add(word(event, "reason"));
  add(word(event, "words"));
  if (const auto by = event.find("by"); by != event.end() && by->is_object()) {
    add("by " + word(*by, "user"));
  }
  add(span_of(event));
  if (word(event, "event") == "missed") add(word(event, "count") + " events");
  return text;
}

constexpr std::array<std::size_t, 8> widths = {19, 10, 12, 15, 4, 8, 7, 6};
using Row = std::array<std::string, widths.size() + 1>;

// Columns as wide as most need: a stream cannot be looked through before.
std::string padded(const Row& row) {
  std::string text;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    text += row[i];
    text.append(row[i].size() < widths[i] ? widths[i] - row[i].size() + 2 : 2, ' ');
  }
  return text + row.back() + "\n";
}

}  // namespace

bool EventFilter::passes(std::string_view line) const {
  const Json event = parse(line);
  if (event.empty() || word(event, "event") == "start") return false;
  if (!lock.empty() && !is_of(event, lock)) return false;
  if (!user.empty() && !is_by(event, user)) return false;
  if (!since) return true;
  const auto time = parse_rfc3339(word(event, "time"));
  return time && *time >= *since;
}

std::string event_header() {
  return padded({"TIME", "EVENT", "LOCK", "UNIT", "MODE", "USER", "PID", "TOKEN", "DETAILS"});
}

std::string event_as_text(std::string_view line) {
  const Json event = parse(line);
  return padded({as_word(word(event, "time").substr(0, 19)), as_word(word(event, "event")),
                 as_word(word(event, "lock")), as_word(units_of(event)),
                 as_word(word(event, "mode")), as_word(word(event, "user")),
                 as_word(word(event, "pid")), as_word(word(event, "token")),
                 as_text(details_of(event))});
}

}  // namespace lockfs
