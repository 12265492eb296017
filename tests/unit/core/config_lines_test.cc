// The traps of inih, and what holds for any text: nothing is misread in silence.
#include "core/config_lines.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/core/config_text.h"

namespace lockfs {
namespace {

using std::chrono::seconds;

TEST(ConfigTraps, LongNamesAreNotCut) {
  const std::string long_a = std::string(99, 'n') + "a";
  const std::string long_b = std::string(99, 'n') + "b";
  const auto config = good("[" + long_a + "]\naddress = x\n[" + long_b + "]\naddress = y\n");
  ASSERT_EQ(config.locks.size(), 2U);
  EXPECT_EQ(config.locks[0].name, long_a);
  EXPECT_EQ(config.locks[1].name, long_b);
  EXPECT_EQ(names(config.locks[1].addresses), Texts{"y"});
}

TEST(ConfigTraps, SectionsWithoutKeysAreLocks) {
  const auto config = good("[first]\n[second]\n\n# no keys\n[third]");
  ASSERT_EQ(config.locks.size(), 3U);
  EXPECT_EQ(config.locks[0].name, "first");
  EXPECT_EQ(config.locks[2].name, "third");
  EXPECT_EQ(config.locks[2].line, 5);
}

TEST(ConfigTraps, IndentedLinesAreLinesOfTheirOwn) {
  const auto board = only_lock("  [board]\n  address = x\n\taddress = y\n    group = lab\n");
  EXPECT_EQ(names(board.addresses), (Texts{"x", "y"}));
  EXPECT_EQ(names(board.groups), Texts{"lab"});
  EXPECT_EQ(errors("[a]\naddress = x\n  y\n"),
            Texts{"3: expected KEY = VALUE or [NAME], found \"y\""});
}

TEST(ConfigTraps, LongLinesAreWholeOrRefused) {
  const std::string head = "check = ";
  const std::string fits(max_config_line_bytes - head.size(), 'c');
  EXPECT_EQ(only_lock("[a]\n" + head + fits + "\n").check, fits);
  EXPECT_EQ(errors("[a]\n" + head + fits + "c\ngroop = x\n"),
            (Texts{"2: the line is longer than 4096 bytes",
                   "3: unknown key \"groop\"; did you mean \"group\"?"}));
  EXPECT_EQ(errors("#" + std::string(10'000, '=') + "\n[a]\n"), Texts{});
}

TEST(ConfigTraps, ByteOrderMarkAndCarriageReturnsWork) {
  const auto board = only_lock("\xEF\xBB\xBF[board]\r\naddress = x\r\n\r\n; end\r\ngroup = lab\r");
  EXPECT_EQ(board.name, "board");
  EXPECT_EQ(names(board.addresses), Texts{"x"});
  EXPECT_EQ(names(board.groups), Texts{"lab"});
  EXPECT_EQ(good("\xEF\xBB\xBFlog = syslog\n").daemon.log, "syslog");
}

TEST(ConfigTraps, ColonsSeparateToo) {
  const auto board = only_lock("[board]\naddress: 2001:db8::1\ngroup : lab\ncheck = a:b=c\n");
  EXPECT_EQ(names(board.addresses), Texts{"2001:db8::1"});
  EXPECT_EQ(names(board.groups), Texts{"lab"});
  EXPECT_EQ(board.check, "a:b=c");
}

TEST(ConfigTraps, CommentsAreComments) {
  const auto board = only_lock(
      "# one\n ; two\n[board] ; three\n\t# four = 4\naddress = x ; five\ngroup = lab\t; six\n"
      "address = y;z\n");
  EXPECT_EQ(names(board.addresses), (Texts{"x", "y;z"}));
  EXPECT_EQ(names(board.groups), Texts{"lab"});
  EXPECT_EQ(only_lock("# caf\xE9 in Latin-1\n[a]# heading\n").name, "a");
  EXPECT_EQ(errors("[a]\ngroup ; = x\n"),
            Texts{"2: expected KEY = VALUE or [NAME], found \"group ; = x\""});
}

TEST(ConfigTraps, NoCommentCutsTextShort) {
  const auto fault = [](const std::string& place, const std::string& key) {
    return Texts{place + ": \" ;\" starts a comment, so the value of " + key +
                 " would end at \"/a\": leave out the blank before the \";\", or give the comment "
                 "a line of its own"};
  };
  for (const std::string key : {"description", "check", "on_release"}) {
    EXPECT_EQ(errors("[a]\n" + key + " = /a ; b\n"), fault("2", key));
    EXPECT_EQ(errors("[a]\n" + key + " = /a\t;b\n"), fault("2", key));
    EXPECT_EQ(errors("[a]\n" + key + " = /a; b # c\n"), Texts{});
  }
  for (const std::string key : {"history", "log", "listen_mutexdaemon", "state"}) {
    EXPECT_EQ(errors(key + " = /a ;b\n"), fault("1", key));
  }
  EXPECT_EQ(only_lock("[a]\ncheck = a; b #c\n").check, "a; b #c");
}

TEST(ConfigTraps, TheLastLineNeedsNoNewline) {
  EXPECT_EQ(names(only_lock("[a]\naddress = x").addresses), Texts{"x"});
  EXPECT_EQ(errors("[a]\naddress"), Texts{"2: expected KEY = VALUE or [NAME], found \"address\""});
}

constexpr std::string_view full_sample =
    "\xEF\xBB\xBF# the lab\r\ncreate = staff\r\ncreate = students\nadmin_group = wheel ; root's\n"
    "stop_timeout: 120\nmax_waiters = 500\n\n[board]\n  address = 10.0.0.1\n\taddress=10.0.0.2\n"
    "group = lab\ndescription = B\xC3\xBChne; links\n[licences]\nunits = 12\nuser = alice\n"
    "[a-name-that-is-longer-than-the-forty-nine-bytes-inih-keeps]\n[last]\non_release = reset";

bool is_prefix(std::string_view part, std::string_view whole) {
  return whole.substr(0, part.size()) == part;
}

// `part` is `whole` as far as it goes; only its last element may be cut short.
void expect_start_of(const Texts& part, const Texts& whole) {
  ASSERT_LE(part.size(), whole.size());
  for (std::size_t i = 0; i + 1 < part.size(); ++i) EXPECT_EQ(part[i], whole[i]);
  if (!part.empty()) {
    EXPECT_TRUE(is_prefix(part.back(), whole[part.size() - 1])) << part.back();
  }
}

// Everything in the configuration that came from the file, in the order of the sample.
Texts facts(const Config& config) {
  Texts result = names(config.daemon.create.groups);
  if (config.daemon.admin_group) result.push_back(config.daemon.admin_group->name);
  if (config.daemon.stop_timeout != seconds(90)) {
    result.push_back(std::to_string(config.daemon.stop_timeout.count()));
  }
  if (config.daemon.limits.max_waiters != Limits{}.max_waiters) {
    result.push_back(std::to_string(config.daemon.limits.max_waiters));
  }
  for (const auto& lock : config.locks) {
    result.push_back("[" + lock.name + "]");
    for (const auto& text : names(lock.addresses)) result.push_back(text);
    for (const auto& text : names(lock.groups)) result.push_back(text);
    if (!lock.description.empty()) result.push_back(lock.description);
    if (lock.units) result.push_back(std::to_string(*lock.units));
    for (const auto& text : names(lock.users)) result.push_back(text);
    if (!lock.on_release.empty()) result.push_back(lock.on_release);
  }
  return result;
}

TEST(ConfigProperty, ATruncatedFileIsReadAsFarAsItGoesOrRefused) {
  const Texts whole = facts(good(full_sample));
  int refused = 0;
  for (std::size_t size = 0; size <= full_sample.size(); ++size) {
    SCOPED_TRACE(size);
    const auto parsed = parse_config(full_sample.substr(0, size));
    if (parsed.errors.empty()) {
      expect_start_of(facts(parsed.config), whole);
    } else {
      ++refused;
      for (const auto& fault : parsed.errors) EXPECT_FALSE(fault.message.empty());
    }
  }
  EXPECT_GT(refused, 100);
}

TEST(ConfigProperty, NoByteAnywhereCrashesOrEscapesUnescaped) {
  for (std::size_t at = 0; at < full_sample.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text(full_sample);
      text[at] = static_cast<char>(byte);
      for (const auto& fault : parse_config(text).errors) {
        for (const char shown : fault.message) ASSERT_TRUE(shown >= ' ' && shown <= '~');
        ASSERT_GE(fault.line, 1);
      }
    }
  }
}

}  // namespace
}  // namespace lockfs
