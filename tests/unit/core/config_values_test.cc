// What a value must look like.
#include "core/config_values.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/config.h"

namespace lockfs {
namespace {

using std::chrono::seconds;

TEST(ConfigValues, Durations) {
  EXPECT_EQ(parse_duration("90"), seconds(90));
  EXPECT_EQ(parse_duration("90s"), seconds(90));
  EXPECT_EQ(parse_duration("30m"), seconds(1800));
  EXPECT_EQ(parse_duration("2h"), seconds(7200));
  EXPECT_EQ(parse_duration("1d"), seconds(86'400));
  EXPECT_EQ(parse_duration("365d"), seconds(31'536'000));
  for (const auto* text : {"", "s", "0", "0s", "-1", "+1", "1.5h", "1 h", "1w", "1hm", "366d",
                           "31536001", "18446744073709551616"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(ConfigValues, DurationsInWords) {
  for (const auto* text : {"1s", "90s", "30m", "2h", "36h", "1d", "365d"}) {
    EXPECT_EQ(duration_text(*parse_duration(text)), text);
  }
  EXPECT_EQ(duration_text(seconds(3600)), "1h");
}

TEST(ConfigValues, Utf8) {
  for (const auto* text : {"", "plain", "a\tb", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x94\x92"}) {
    EXPECT_TRUE(is_plain_utf8(text)) << text;
  }
  for (const auto* text : {"\x7F", "\x1B", "\xC2\x85", "\xC3", "\xC3(", "\xC0\xAF", "\xE0\x80\xAF",
                           "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xBC"}) {
    EXPECT_FALSE(is_plain_utf8(text)) << quote(text);
  }
}

TEST(ConfigValues, HostsAndNetworks) {
  for (const auto* text : {"localhost:1751", "*:1", "10.0.0.1:65535", "[::1]:1751"}) {
    EXPECT_TRUE(is_host_and_port(text)) << text;
  }
  for (const auto* text : {"", ":", "a:", "a:65536", "[]:1", "[::g]:1", "a b:1", "a:+1"}) {
    EXPECT_FALSE(is_host_and_port(text)) << text;
  }
  for (const auto* text : {"10.0.0.1", "10.0.0.0/0", "::/0", "2001:db8::/128"}) {
    EXPECT_TRUE(is_network(text)) << text;
  }
  for (const auto* text : {"", "/8", "10.0.0.0/", "::1/129", "10.0.0/8", "10.0.0.0/8/8"}) {
    EXPECT_FALSE(is_network(text)) << text;
  }
  EXPECT_TRUE(is_socket_path("/" + std::string(106, 's')));
  EXPECT_FALSE(is_socket_path("/" + std::string(107, 's')));
}

}  // namespace
}  // namespace lockfs
