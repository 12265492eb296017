// Moments as people and JSON write them.
#include "tools/moment.h"

#include <gtest/gtest.h>

#include <string>

#include "fs/clock.h"

namespace lockfs {
namespace {

constexpr WallTime second = 1'000'000'000;

TEST(Moments, AreReadAsTheyAreWritten) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_rfc3339("2026-11-21T10:04:02.5+01:00"),
            parse_rfc3339("2026-11-21T09:04:02.500Z"));
  const WallTime now = 1'795'600'000 * second + 123'456'000;
  EXPECT_EQ(parse_rfc3339(to_rfc3339_us(now)), now);
}

TEST(Moments, AreNotWhatLooksLikeOne) {
  for (const char* text :
       {"", "2026-11-21", "2026-11-21T10:04:02", "2026-11-21T10:04:02.", "2026-11-21T10:04:02.Z",
        "2026-11-21T10:04:02+1:00", "2026-11-21T10:04:02Z ", "2026-13-21T10:04:02Z"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

TEST(Moments, CanBeSaidInManyWays) {
  const WallTime now = parse_since("2026-11-21T10:04:02", 0).value();
  EXPECT_EQ(to_local(now), "2026-11-21T10:04:02");
  EXPECT_EQ(parse_since("90m", now), now - 5400 * second);
  EXPECT_EQ(parse_since("2d", now), now - 2 * 86'400 * second);
  for (const auto& [text, local] : std::initializer_list<std::pair<const char*, const char*>>{
           {"2026-11-20", "2026-11-20T00:00:00"},
           {"2026-11-20T09:30", "2026-11-20T09:30:00"},
           {"2026-11-20 09:30:10", "2026-11-20T09:30:10"},
           {"09:30", "2026-11-21T09:30:00"},
           {"09:30:10", "2026-11-21T09:30:10"}}) {
    const auto since = parse_since(text, now);
    ASSERT_TRUE(since) << text;
    EXPECT_EQ(to_local(*since), local) << text;
  }
  for (const char* text : {"", "yesterday", "2026-11-20x", "25:00", "-5m"}) {
    EXPECT_EQ(parse_since(text, now), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace lockfs
