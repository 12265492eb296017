#include "core/html_view.h"

#include <algorithm>
#include <array>
#include <map>

#include "core/json_view.h"

namespace lockfs {
namespace {

constexpr std::string_view page_head =
    R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>lockfs</title>
<style>
:root { color-scheme: light dark; --line: #8884; --held: #2f6fd0; --shared: #2a9070; --lost: #c0392b; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem auto; padding: 0 1rem; max-width: 80rem; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .3rem 0; opacity: .8; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: top; }
td.text { white-space: normal; overflow-wrap: anywhere; min-width: 12rem; }
tr.held td:nth-child(3) { color: var(--held); font-weight: 600; }
tr.waiting td { opacity: .75; }
.time { width: 100%; min-width: 24rem; }
.bars { position: relative; height: 1.3rem; background: #8882; border-radius: 3px; overflow: hidden; }
.bar { position: absolute; top: 0; bottom: 0; min-width: 2px; background: var(--held); border-radius: 2px; }
.bar.sh { background: var(--shared); opacity: .8; }
.bar.now { background-image: linear-gradient(90deg, transparent 60%, #fff6); }
.scale { display: flex; justify-content: space-between; opacity: .7; font-size: .85rem; }
</style>
</head>
<body>
)";

// Control characters and what is no UTF-8 as in the table, then what HTML would take for its own.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char byte : as_text(text)) {
    switch (byte) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += byte;
    }
  }
  return out;
}

std::string cell(std::string_view text, std::string_view attributes = "") {
  return "<td" + std::string(attributes) + ">" + escaped(text) + "</td>";
}

// `3 s`, `25 min`, `2 h 05 min`, `3 d 4 h`.
std::string duration(WallTime time) {
  const auto seconds = std::max<WallTime>(time, 0) / 1'000'000'000;
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 7200) return std::to_string(seconds / 60) + " min";
  if (seconds < 172'800) {
    return std::to_string(seconds / 3600) + " h " + std::to_string(seconds / 60 % 60) + " min";
  }
  return std::to_string(seconds / 86'400) + " d " + std::to_string(seconds / 3600 % 24) + " h";
}

// --- Who holds what now.

struct Who {
  std::string_view mode = {};
  std::string_view user = {};
  std::string_view via = {};
  std::string_view text = {};  // a command, or a reason
};

Who who(const ClaimView& claim) {
  return {to_string(claim.mode), claim.user, to_string(claim.via), claim.command};
}

Who who(const std::optional<MarkView>& mark) {
  return mark ? Who{.user = mark->user, .text = mark->mark.reason} : Who{};
}

std::string row(std::string_view lock, std::string_view unit, std::string_view state,
                const Who& person, WallTime since, const PageFacts& facts) {
  return "<tr class=\"" + escaped(state) + "\">" + cell(lock) + cell(unit) + cell(state) +
         cell(person.mode) + cell(person.user) + cell(person.via) + cell(facts.local_time(since)) +
         cell(duration(facts.now - since)) + cell(person.text, " class=\"text\"") + "</tr>\n";
}

void add_unit(std::string& page, const LockView& lock, const UnitView& unit,
              const PageFacts& facts) {
  for (const auto& holder : unit.holders) {
    page += row(lock.name, unit.name, unit.retired ? "retired" : "held", who(holder), holder.since,
                facts);
  }
  if (unit.offline) {
    page +=
        row(lock.name, unit.name, "offline", who(unit.offline), unit.offline->mark.since, facts);
  }
  if (unit.stands_alone()) {
    page += row(lock.name, unit.name, state_of(lock, unit), {}, unit.since, facts);
  }
}

void add_lock(std::string& page, const LockView& lock, const PageFacts& facts) {
  if (lock.draining) {
    page += row(lock.name, "", "draining", who(lock.draining), lock.draining->mark.since, facts);
  }
  for (const auto& unit : lock.units) add_unit(page, lock, unit, facts);
  for (const auto& waiter : lock.waiters) {
    page += row(lock.name, "", "waiting", who(waiter), waiter.since, facts);
  }
}

// --- The timeline: of each unit the times for which it was held.

struct Bar {
  WallTime from = 0;
  WallTime to = 0;
  bool lasts = false;
  Mode mode = Mode::exclusive;
  Token token = 0;
  std::string user;
};
// By `LOCK UNIT`, as notices name them.
using Timeline = std::map<std::string, std::vector<Bar>, std::less<>>;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    lines.emplace_back(line);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return lines;
}

void add_past(Timeline& timeline, const PageFacts& facts) {
  for (const auto& record : facts.recent) {
    const Notice& notice = record.notice;
    const bool ended = notice.of_claim && notice.token != 0 && notice.since != 0 &&
                       notice.kind != NoticeKind::granted && notice.kind != NoticeKind::ended;
    if (!ended) continue;
    for (auto& unit : lines_of(record.told().of(notice.units))) {
      timeline[std::move(unit)].push_back({notice.since, notice.time, false, notice.mode,
                                           notice.token, facts.user(notice.client.uid)});
    }
  }
}

void add_present(Timeline& timeline, const PageFacts& facts) {
  for (const auto& lock : facts.description.locks) {
    for (const auto& unit : lock.units) {
      for (const auto& holder : unit.holders) {
        timeline[lock.name + " " + unit.name].push_back(
            {holder.since, facts.now, true, holder.mode, holder.token, holder.user});
      }
    }
  }
}

// The span of time that is shown: all there is to show, of the last day.
WallTime first_shown(const Timeline& timeline, WallTime now) {
  constexpr WallTime longest = 86'400'000'000'000;
  constexpr WallTime shortest = 60'000'000'000;
  WallTime first = now - shortest;
  for (const auto& [unit, bars] : timeline) {
    for (const auto& bar : bars) first = std::min(first, bar.from);
  }
  return std::max(first, now - longest);
}

std::string percent(double part) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f%%", std::clamp(part, 0.0, 1.0) * 100);
  return text.data();
}

std::string bar_text(const Bar& bar, WallTime first, const PageFacts& facts) {
  const auto span = static_cast<double>(facts.now - first);
  const double left = static_cast<double>(std::max(bar.from, first) - first) / span;
  const double right = static_cast<double>(bar.to - first) / span;
  std::string title = bar.user + ", " + facts.local_time(bar.from) + " to " +
                      (bar.lasts ? "now" : facts.local_time(bar.to)) + ", " +
                      duration(bar.to - bar.from) + ", token " + std::to_string(bar.token);
  return "<span class=\"bar " + std::string(to_string(bar.mode)) + (bar.lasts ? " now" : "") +
         "\" style=\"left:" + percent(left) + ";width:" + percent(right - left) + "\" title=\"" +
         escaped(title) + "\"></span>";
}

void add_timeline(std::string& page, const PageFacts& facts) {
  Timeline timeline;
  add_past(timeline, facts);
  add_present(timeline, facts);
  page += "<h2>Latest holds</h2>\n";
  if (timeline.empty()) {
    page += "<p>Nothing was held lately.</p>\n";
    return;
  }
  const WallTime first = first_shown(timeline, facts.now);
  page +=
      "<div class=\"wide\"><table>\n<tr><th>Lock</th><th>Unit</th><th class=\"time\"><span "
      "class=\"scale\"><span>" +
      escaped(facts.local_time(first)) + "</span><span>" + escaped(facts.local_time(facts.now)) +
      "</span></span></th><th>Last</th></tr>\n";
  for (const auto& [unit, bars] : timeline) {
    const auto blank = std::min(unit.find(' '), unit.size());
    const auto last = std::max_element(bars.begin(), bars.end(),
                                       [](const Bar& a, const Bar& b) { return a.to < b.to; });
    if (last->to < first) continue;
    page += "<tr>" + cell(unit.substr(0, blank)) +
            cell(std::string_view(unit).substr(std::min(blank + 1, unit.size()))) +
            "<td class=\"time\"><div class=\"bars\">";
    for (const auto& bar : bars) {
      if (bar.to >= first) page += bar_text(bar, first, facts);
    }
    page += "</div></td>" + cell(last->user) + "</tr>\n";
  }
  page += "</table></div>\n";
}

}  // namespace

std::string render_page(const PageFacts& facts) {
  std::string page(page_head);
  page += "<h1>Locks</h1>\n<p>As of " + escaped(facts.local_time(facts.now)) +
          ". Reload the page to see what is now.</p>\n<h2>Now</h2>\n";
  page +=
      "<div class=\"wide\"><table>\n<tr><th>Lock</th><th>Unit</th><th>State</th><th>Mode</th>"
      "<th>User</th><th>Via</th><th>Since</th><th>For</th><th>Command</th></tr>\n";
  for (const auto& lock : facts.description.locks) add_lock(page, lock, facts);
  page += "</table></div>\n";
  add_timeline(page, facts);
  return page + "</body>\n</html>\n";
}

}  // namespace lockfs
