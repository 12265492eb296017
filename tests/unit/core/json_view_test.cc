// The status as JSON: the schema of json_view.h, and text that is no UTF-8.
#include "core/json_view.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace lockfs {
namespace {

using Json = nlohmann::json;

std::string rfc3339(WallTime at) { return "2026-11-21T10:00:0" + std::to_string(at) + "+01:00"; }

LockView sample() {
  ClaimView holder;
  holder.mode = Mode::exclusive;
  holder.via = Via::fcntl;
  holder.uid = 1001;
  holder.inherited = true;
  holder.since = 3;
  holder.token = 9007199254740991;  // the largest: 2^53 - 1
  holder.user = "jack";
  holder.pid = 4711;
  holder.command = "sh flash.sh";
  holder.note = "back at 15:00";
  ClaimView waiter;
  waiter.mode = Mode::shared;
  waiter.since = 4;
  ClaimView deadlocked = waiter;
  deadlocked.deadlocked = true;
  deadlocked.deadlocked_with = {{"a", {}, {}, {}, 4800}, {"b", {}, {}, {}, 0}};
  LockView lock;
  lock.name = "burchtest";
  lock.kind = LockKind::board;
  lock.description = "the \"board\"";
  lock.units = {{"51", false, 3, {holder}},
                {"53", false, 2, {}},
                {"54", false, 2, {}, MarkView{{1002, 5, "PSU dead"}, "jill"}},
                {"56", true, 1, {holder}}};
  lock.waiters = {waiter, deadlocked};
  return lock;
}

TEST(JsonView, HasTheSchemaOfItsHeader) {
  const Json lock = Json::parse(render_json(sample(), rfc3339));
  const Json claim = {{"mode", "ex"},
                      {"user", "jack"},
                      {"uid", 1001},
                      {"host", nullptr},
                      {"pid", 4711},
                      {"via", "fcntl"},
                      {"since", rfc3339(3)},
                      {"command", "sh flash.sh"},
                      {"inherited", true},
                      {"token", 9007199254740991},
                      {"note", "back at 15:00"}};
  const auto waiter = [](int place, const Json& deadlock) {
    return Json{{"mode", "sh"},        {"user", ""},          {"uid", 0},
                {"host", nullptr},     {"pid", nullptr},      {"via", "flock"},
                {"since", rfc3339(4)}, {"command", nullptr},  {"place", place},
                {"inherited", false},  {"deadlock", deadlock}};
  };
  const auto unit = [](const char* name, const char* state, int since, const Json& holders) {
    return Json{{"name", name},
                {"state", state},
                {"since", rfc3339(since)},
                {"offline", nullptr},
                {"holders", holders}};
  };
  Json offline = unit("54", "offline", 2, Json::array());
  offline["offline"] = {
      {"user", "jill"}, {"uid", 1002}, {"since", rfc3339(5)}, {"reason", "PSU dead"}};
  const Json others = {{{"lock", "a"}, {"pid", 4800}}, {{"lock", "b"}, {"pid", nullptr}}};
  const Json expected = {
      {"name", "burchtest"},
      {"kind", "board"},
      {"description", "the \"board\""},
      {"retired", false},
      {"draining", nullptr},
      {"units",
       {unit("51", "held", 3, Json::array({claim})), unit("53", "free", 2, Json::array()), offline,
        unit("56", "retired", 1, Json::array({claim}))}},
      {"waiters", {waiter(1, nullptr), waiter(2, others)}}};
  EXPECT_EQ(lock, expected) << lock.dump(2);
}

TEST(JsonView, ListsEveryLockInOrder) {
  LockView other;
  other.name = "a";
  const Json all = Json::parse(render_json(Description{{sample(), other}}, rfc3339));
  ASSERT_EQ(all.size(), 1U);
  ASSERT_EQ(all["locks"].size(), 2U);
  EXPECT_EQ(all["locks"][0], Json::parse(render_json(sample(), rfc3339)));
  EXPECT_EQ(all["locks"][1]["name"], "a");
  EXPECT_EQ(all["locks"][1]["kind"], "dynamic");
  EXPECT_EQ(Json::parse(render_json(Description{}, rfc3339)), Json({{"locks", Json::array()}}));
}

TEST(JsonView, ShowsThatALockDrains) {
  LockView lock = sample();
  lock.draining = MarkView{{1002, 5, "moving"}, "jill"};
  const Json json = Json::parse(render_json(lock, rfc3339));
  EXPECT_EQ(json["draining"],
            Json({{"user", "jill"}, {"uid", 1002}, {"since", rfc3339(5)}, {"reason", "moving"}}));
  EXPECT_EQ(json["units"][0]["state"], "held");
  EXPECT_EQ(json["units"][1]["state"], "draining");
  EXPECT_EQ(json["units"][2]["state"], "offline");
}

TEST(JsonView, NamesEveryKind) {
  LockView lock;
  for (const auto& [kind, name] :
       {std::pair(LockKind::board, "board"), std::pair(LockKind::counting, "counting"),
        std::pair(LockKind::named, "named")}) {
    lock.kind = kind;
    EXPECT_EQ(Json::parse(render_json(lock, rfc3339))["kind"], name);
  }
}

TEST(JsonView, IsValidWhateverTheTextHolds) {
  for (const std::string text : {"\x1B[2J\n\"\\", "\xFF\xFE", "caf\xE9", "\xC3", "\xED\xA0\x80"}) {
    LockView lock = sample();
    lock.units[0].holders[0].command = text;
    lock.units[0].holders[0].user = text;
    lock.units[0].holders[0].note = text;
    const std::string json = render_json(lock, rfc3339);
    const Json parsed = Json::parse(json, nullptr, false);
    ASSERT_FALSE(parsed.is_discarded()) << json;
    EXPECT_EQ(json.back(), '\n');
    EXPECT_EQ(json.find('\x1B'), std::string::npos);
    EXPECT_FALSE(parsed["units"][0]["holders"][0]["command"].get<std::string>().empty());
  }
  LockView lock = sample();
  lock.units[0].holders[0].command = "caf\xE9";
  const Json parsed = Json::parse(render_json(lock, rfc3339));
  EXPECT_EQ(parsed["units"][0]["holders"][0]["command"], "caf\xEF\xBF\xBD");
}

}  // namespace
}  // namespace lockfs
