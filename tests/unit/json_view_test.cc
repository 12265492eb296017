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
  holder.client.uid = 1001;
  holder.since = 3;
  holder.token = 9007199254740991;  // the largest: 2^53 - 1
  holder.user = "jack";
  holder.pid = 4711;
  holder.command = "sh flash.sh";
  ClaimView waiter;
  waiter.mode = Mode::shared;
  waiter.since = 4;
  LockView lock;
  lock.name = "burchtest";
  lock.kind = LockKind::board;
  lock.description = "the \"board\"";
  lock.units = {{"51", false, 3, {holder}}, {"53", false, 2, {}}, {"56", true, 1, {holder}}};
  lock.waiters = {waiter, waiter};
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
                      {"token", 9007199254740991}};
  const auto waiter = [](int place) {
    return Json{{"mode", "sh"},        {"user", ""},         {"uid", 0},
                {"host", nullptr},     {"pid", nullptr},     {"via", "flock"},
                {"since", rfc3339(4)}, {"command", nullptr}, {"place", place}};
  };
  const Json expected = {
      {"name", "burchtest"},
      {"kind", "board"},
      {"description", "the \"board\""},
      {"retired", false},
      {"units",
       {{{"name", "51"}, {"state", "held"}, {"since", rfc3339(3)}, {"holders", {claim}}},
        {{"name", "53"}, {"state", "free"}, {"since", rfc3339(2)}, {"holders", Json::array()}},
        {{"name", "56"}, {"state", "retired"}, {"since", rfc3339(1)}, {"holders", {claim}}}}},
      {"waiters", {waiter(1), waiter(2)}}};
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
