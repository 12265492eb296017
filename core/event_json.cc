#include "core/event_json.h"

#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "core/table_view.h"

namespace lockfs {
namespace {

using Json = nlohmann::ordered_json;

Json units_of(std::string_view lines) {
  Json units = Json::array();
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const auto blank = line.find(' ');
    Json unit;
    unit["lock"] = line.substr(0, blank);
    unit["unit"] = blank == std::string_view::npos ? Json() : Json(line.substr(blank + 1));
    units.push_back(std::move(unit));
  }
  return units;
}

// A process that is none of ours to know has the number 0.
void add_client(Json& json, const Client& client, const EventWords& words) {
  json["uid"] = client.uid;
  json["user"] = words.user(client.uid);
  json["pid"] = client.thread == 0 ? Json() : Json(client.thread);
}

void add_locks(Json& json, const NoticeText& told) {
  const Notice& notice = told.notice;
  if (notice.units.size == 0) return;
  json["lock"] = told.lock();
  json["units"] = units_of(told.of(notice.units));
  if (notice.unit_count > Notice::max_units) json["unit_count"] = notice.unit_count;
}

void add_texts(Json& json, const NoticeText& told) {
  const Notice& notice = told.notice;
  if (notice.kind == NoticeKind::command) {
    json["command"] = told.of(notice.words);
    json["code"] = to_string(notice.code);
    json["answer"] = told.of(notice.answer);
  } else if (notice.words.size > 0) {
    json["words"] = told.of(notice.words);
  }
}

}  // namespace

std::string event_line(const NoticeText& told, const EventWords& words) {
  const Notice& notice = told.notice;
  Json json;
  json["position"] = notice.position;
  json["time"] = words.time(notice.time);
  json["event"] = to_string(notice.kind);
  add_locks(json, told);
  if (notice.of_claim) {
    json["mode"] = to_string(notice.mode);
    json["via"] = to_string(notice.via);
  }
  if (notice.has_client()) add_client(json, notice.client, words);
  if (notice.by) json["by"] = {{"uid", *notice.by}, {"user", words.user(*notice.by)}};
  if (notice.token != 0) json["token"] = notice.token;
  if (notice.ticket != 0) json["request"] = notice.ticket;
  if (notice.reason != Reason::none) json["reason"] = to_string(notice.reason);
  if (notice.since != 0) {
    json["since"] = words.time(notice.since);
    const std::int64_t microseconds = (notice.time - notice.since) / 1000;
    json["seconds"] = static_cast<double>(microseconds) / 1e6;
  }
  add_texts(json, told);
  return json_line(json);
}

std::string start_line(std::uint64_t position, const std::string& history) {
  Json json;
  json["event"] = "start";
  json["position"] = position;
  json["history"] = history.empty() ? Json() : Json(history);
  return json_line(json);
}

// As long as any other: how many were missed may have grown when the line is made once more.
std::string missed_line(std::uint64_t position, std::uint64_t count) {
  Json json;
  json["event"] = "missed";
  json["position"] = position;
  json["count"] = count;
  std::string line = json_line(json);
  constexpr std::size_t width = 80;
  if (line.size() < width) line.insert(line.size() - 2, width - line.size(), ' ');
  return line;
}

}  // namespace lockfs
