// Events as lines of JSON.
#include "core/event_json.h"

#include <gtest/gtest.h>

#include "core/effect.h"
#include "tests/unit/core/plain_words.h"

namespace lockfs {
namespace {

TEST(EventJson, TellsOfAHoldThatEnded) {
  Effects effects;
  Notice notice;
  notice.kind = NoticeKind::released;
  notice.of_claim = true;
  notice.mode = Mode::shared;
  notice.via = Via::hold;
  notice.position = 17;
  notice.time = 5'500'000'000;
  notice.since = 2'000'000'000;
  notice.token = 91;
  notice.ticket = 12;
  notice.client = {1001, 4711, 5};
  notice.unit_count = 2;
  notice.units = effects.keep("burchtest 192.168.124.51\nlicence 1\n");
  EXPECT_EQ(event_line(effects.told(notice), plain_words),
            R"({"position":17,"time":"t5500000000","event":"released","lock":"burchtest",)"
            R"("units":[{"lock":"burchtest","unit":"192.168.124.51"},)"
            R"({"lock":"licence","unit":"1"}],"mode":"sh","via":"hold","uid":1001,)"
            R"("user":"user1001","pid":4711,"token":91,"request":12,"since":"t2000000000",)"
            R"("seconds":3.5})"
            "\n");
}

TEST(EventJson, TellsOfACommand) {
  Effects effects;
  Notice notice;
  notice.kind = NoticeKind::command;
  notice.position = 3;
  notice.time = 1;
  notice.code = Code::unknown_board;
  notice.reason = Reason::unknown;
  notice.words = effects.keep("remove \"x\"\n\x1b[31m\xff");
  notice.answer = effects.keep("there is none");
  EXPECT_EQ(event_line(effects.told(notice), plain_words),
            R"({"position":3,"time":"t1","event":"command","uid":0,"user":"user0","pid":null,)"
            R"("reason":"unknown","command":"remove \"x\"\n\u001b[31m\ufffd",)"
            R"("code":"unknownboard","answer":"there is none"})"
            "\n");
}

TEST(EventJson, NamesNoUnitBeforeThereIsOne) {
  Effects effects;
  Notice notice;
  notice.kind = NoticeKind::created;
  notice.position = 1;
  notice.unit_count = 1;
  notice.client.uid = 5;
  notice.units = effects.keep("mine\n");
  EXPECT_EQ(event_line(effects.told(notice), plain_words),
            R"({"position":1,"time":"t0","event":"created","lock":"mine",)"
            R"("units":[{"lock":"mine","unit":null}],"uid":5,"user":"user5","pid":null})"
            "\n");
}

// A reader's place in the text is found again by making the text once more.
TEST(EventJson, MakesEveryGapsLineEquallyLong) {
  const auto size = missed_line(1, 1).size();
  EXPECT_EQ(missed_line(1, 123'456'789'012).size(), size);
  EXPECT_EQ(missed_line(123'456'789'012, 7).size(), size);
  EXPECT_EQ(missed_line(4, 7).substr(0, 40), R"({"event":"missed","position":4,"count":7)");
  EXPECT_EQ(missed_line(4, 7).substr(size - 2), "}\n");
}

TEST(EventJson, BeginsWithWhereItStarts) {
  EXPECT_EQ(start_line(9, ""), "{\"event\":\"start\",\"position\":9,\"history\":null}\n");
  EXPECT_EQ(start_line(9, "/var/h"),
            "{\"event\":\"start\",\"position\":9,\"history\":\"/var/h\"}\n");
}

}  // namespace
}  // namespace lockfs
