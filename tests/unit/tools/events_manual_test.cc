// lockfs(7) has the events and their fields that the daemon has, and no others.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/effect.h"
#include "core/event_json.h"
#include "tests/unit/tools/manual_page.h"

namespace lockfs::test {
namespace {

using Json = nlohmann::json;
using Names = std::vector<std::string>;

// The tags of the section's lists, those with `macro` or those without any.
Names tags(const std::string& macro) {
  Names found;
  for (const auto& line : page_lines("lockfs.7", ".Sh EVENTS", ".Sh SEE ALSO")) {
    if (!starts_with(line, ".It ")) continue;
    const bool kind = starts_with(line, ".It Li ");
    if (kind == !macro.empty()) found.push_back(line.substr(kind ? 7 : 4));
  }
  return found;
}

TEST(EventsManual, HasEveryKind) {
  Names real;
  for (int i = 0; !to_string(NoticeKind(i)).empty(); ++i) {
    real.emplace_back(to_string(NoticeKind(i)));
  }
  EXPECT_EQ(differences("lockfs.7, the kinds of EVENTS", tags("Li"), real), "");
}

// Everything that can stand in one, in two.
TEST(EventsManual, HasEveryField) {
  const EventWords words{[](WallTime) { return "now"; }, [](uid_t) { return "jack"; }};
  Effects effects;
  Notice claim;
  claim.kind = NoticeKind::broken;
  claim.of_claim = true;
  claim.position = claim.token = claim.ticket = 1;
  claim.since = 1;
  claim.by = 0;
  claim.reason = Reason::gone;
  claim.unit_count = 100;
  claim.units = effects.keep("a 1\n");
  claim.words = effects.keep("hung");
  Notice command;
  command.kind = NoticeKind::command;
  std::set<std::string> fields;
  for (const auto& line :
       {event_line(effects.told(claim), words), event_line(effects.told(command), words),
        start_line(1, ""), missed_line(1, 2)}) {
    const Json event = Json::parse(line);
    for (const auto& field : event.items()) fields.insert(field.key());
  }
  EXPECT_EQ(differences("lockfs.7, the fields of EVENTS", tags(""), {fields.begin(), fields.end()}),
            "");
}

}  // namespace
}  // namespace lockfs::test
