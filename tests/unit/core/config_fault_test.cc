// parse_config: every fault in its exact words.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/config_lines.h"
#include "tests/unit/core/config_text.h"

namespace lockfs {
namespace {

TEST(Config, ReportsEverythingAtOnceInTheOrderOfLines) {
  EXPECT_EQ(errors("creat = yes\n[a]\naddress = x\n[a\nunits = 0\nnonsense\n[a]\naddress = x\n"),
            (Texts{"1: unknown key \"creat\"; did you mean \"create\"?",
                   "4: no \"]\": the heading of a section is written [NAME]",
                   "5: bad value \"0\" for units: expected a whole number from 1 to 10000",
                   "6: expected KEY = VALUE or [NAME], found \"nonsense\"",
                   "7: section [a] stands twice; first on line 2",
                   "8: address \"x\" stands twice; first on line 3"}));
}

TEST(Config, RefusesUnknownKeys) {
  EXPECT_EQ(errors("[a]\nadress = x\n"),
            Texts{"2: unknown key \"adress\"; did you mean \"address\"?"});
  EXPECT_EQ(errors("[a]\nAddress = x\n"),
            Texts{"2: unknown key \"Address\"; did you mean \"address\"?"});
  EXPECT_EQ(errors("[a]\nfoo = x\n"), Texts{"2: unknown key \"foo\""});
  EXPECT_EQ(errors("[a]\n= x\n"), Texts{"2: no key before the \"=\""});
  EXPECT_EQ(errors("address = x\n"),
            Texts{"1: \"address\" belongs in a section: write [NAME] on a line before it"});
  EXPECT_EQ(errors("[a]\nlog = syslog\n"),
            Texts{"2: \"log\" is a key of the daemon: it belongs before the first section"});
  EXPECT_EQ(errors("[a]\n\xEF\xBB\xBF"
                   "address = x\n"),
            Texts{"2: unknown key \"\\xef\\xbb\\xbf"
                  "address\"; did you mean \"address\"?"});
  const std::string long_key(100, 'k');
  EXPECT_EQ(errors(long_key + " = x\n"),
            Texts{"1: unknown key \"" + long_key.substr(0, 60) + "...\""});
}

TEST(Config, RefusesAKeyGivenTwice) {
  EXPECT_EQ(errors("log = syslog\nlog = stderr\n"),
            Texts{"2: log is given twice; first on line 1"});
  EXPECT_EQ(errors("[a]\nunits = 2\n# x\nunits = 2\n"),
            Texts{"4: units is given twice; first on line 2"});
  EXPECT_EQ(errors("[a]\nunits = 2\n[b]\nunits = 2\n"), Texts{});
}

TEST(Config, RefusesAnAddressThatStandsTwice) {
  EXPECT_EQ(errors("[a]\naddress = x\naddress = x\n[b]\naddress = y\naddress = x\n"),
            (Texts{"3: address \"x\" stands twice; first on line 2",
                   "6: address \"x\" stands twice; first on line 2"}));
}

TEST(Config, RefusesUnitsTogetherWithAddress) {
  const std::string why = "): a board has as many units as addresses";
  EXPECT_EQ(errors("[a]\naddress = x\nunits = 2\n"),
            Texts{"3: units cannot stand together with address (line 2" + why});
  EXPECT_EQ(errors("[a]\nunits = 2\naddress = x\naddress = y\n"),
            Texts{"2: units cannot stand together with address (line 3" + why});
}

TEST(Config, RefusesBadNamesOfSections) {
  const std::string rule =
      " cannot be a lock's name: expected letters, digits, \".\", \"_\" and \"-\", not starting "
      "with \".\" or \"-\", at most 100 bytes, and not \"status\" or \"status.json\"";
  EXPECT_EQ(errors("[]\n"), Texts{"1: the section has an empty name"});
  EXPECT_EQ(errors("[ ]\n"), Texts{"1: the section has an empty name"});
  for (const std::string name :
       {".hold", "-a", "a b", " a ", "a/b", "a+b", "[a", "a ;b", "status", "status.json"}) {
    EXPECT_EQ(errors("[" + name + "]\n"), Texts{"1: \"" + name + "\"" + rule});
  }
  EXPECT_EQ(errors("[b\xC3\xBChne]\n"), Texts{"1: \"b\\xc3\\xbchne\"" + rule});
  EXPECT_EQ(errors("[" + std::string(101, 'n') + "]\n"),
            Texts{"1: \"" + std::string(60, 'n') + "...\"" + rule});
}

TEST(Config, RefusesMalformedLines) {
  EXPECT_EQ(errors("[a]\naddress\n"),
            Texts{"2: expected KEY = VALUE or [NAME], found \"address\""});
  EXPECT_EQ(errors("[a\naddress = x\n"),
            Texts{"1: no \"]\": the heading of a section is written [NAME]"});
  EXPECT_EQ(errors("[a] address = x\n"), Texts{"1: unexpected text behind \"]\": \"address = x\""});
  EXPECT_EQ(errors("[a]\naddress =\n"), Texts{"2: address has no value"});
  EXPECT_EQ(errors("[a]\naddress = ; none\n"), Texts{"2: address has no value"});
  EXPECT_EQ(errors("[a]\naddress =;none\n"), Texts{"2: address has no value"});
}

struct BadValue {
  std::string line;
  std::string expected;
};

TEST(Config, RefusesBadValuesOfTheDaemon) {
  const std::string limit = "a whole number from 1 to 10000000";
  const std::string time = "a time from 1s to 365d, such as 90, 90s, 30m, 2h or 1d";
  const std::string account = "a name of at most 255 bytes";
  const std::string socket = "a socket's absolute path of at most 107 bytes";
  const std::string listen = "HOST:PORT ([ADDRESS]:PORT for IPv6) or " + socket;
  const std::string network = "an IP address or a network such as 192.168.0.0/16";
  const std::vector<BadValue> cases = {
      {"history = locks.log", "an absolute path"},
      {"state = state", "an absolute path"},
      {"log = stdout", "syslog, stderr or an absolute path"},
      {"listen = 1751", listen},
      {"listen = :1751", listen},
      {"listen = ::1:1751", listen},
      {"listen = host:0", listen},
      {"listen_allow = 10.0.0.0/33", network},
      {"listen_allow = lab.example", network},
      {"listen_mutexdaemon = mutexdaemon", socket},
      {"cluster = a:1, b:1", "etcd's endpoints, joined by commas without blanks"},
      {"cluster_name = a/b", "a name of letters, digits, \".\", \"_\" and \"-\""},
      {"stop_timeout = soon", time},
      {"hook_timeout = 0", time},
      {"max_hooks = 65", "a whole number from 1 to 64"},
      {"max_waiters = 0", limit},
      {"max_waiters_per_user = 10000001", limit},
      {"max_dynamic_locks_per_user = -1", limit},
      {"max_opens_per_user = 1e3", limit},
      {"create = " + std::string(256, 'g'), account},
      {"admin_group = " + std::string(256, 'g'), account},
  };
  for (const auto& [line, expected] : cases) {
    const auto equals = line.find(" = ");
    EXPECT_EQ(errors("\n" + line + "\n"),
              Texts{"2: bad value " + quote(line.substr(equals + 3)) + " for " +
                    line.substr(0, equals) + ": expected " + expected});
  }
}

TEST(Config, RefusesBadValuesOfASection) {
  const std::string word = "one word of at most 255 bytes, without quotation marks";
  const std::string units = "a whole number from 1 to 10000";
  const std::string time = "a time from 1s to 365d, such as 90, 90s, 30m, 2h or 1d";
  const std::vector<BadValue> cases = {
      {"address = " + std::string(256, 'a'), word},
      {"address = 10.0.0.1 10.0.0.2", word},
      {"address = 10.0.0.1 # spare", word},
      {"address = 10.0.0.1; spare", word},
      {"address = \"10.0.0.1\"", word},
      {"group = " + std::string(256, 'g'), "a name of at most 255 bytes"},
      {"user = " + std::string(256, 'u'), "a name of at most 255 bytes"},
      {"units = 0", units},
      {"units = 10001", units},
      {"units = two", units},
      {"units = 2 # spare", units},
      {"units = 99999999999999999999", units},
      {"max_hold = 0", time},
      {"check_interval = 366d", time},
      {"on_expiry = die", "warn, break or yield"},
      {"deadlock = ignore", "show or fail"},
      {"reentrant = yes", "user"},
      {"scope = world", "host or cluster"},
      {"description = " + std::string(201, 'd'), "at most 200 bytes"},
  };
  for (const auto& [line, expected] : cases) {
    const auto equals = line.find(" = ");
    EXPECT_EQ(errors("[a]\n" + line + "\n"),
              Texts{"2: bad value " + quote(line.substr(equals + 3)) + " for " +
                    line.substr(0, equals) + ": expected " + expected});
  }
}

TEST(Config, RefusesTextThatIsNoText) {
  EXPECT_EQ(errors(std::string_view("[a]\naddress = x\0y\n", 18)),
            Texts{"2: the line has a control character, \"\\x00\""});
  EXPECT_EQ(errors("# note\x1B[2J\n"), Texts{"1: the line has a control character, \"\\x1b\""});
  EXPECT_EQ(errors("# old Mac\r[a]\raddress = x\r"),
            Texts{"1: the line has a control character, \"\\x0d\""});
  EXPECT_EQ(errors("[a]\naddress = \xFF\n"),
            Texts{"2: the value of address is not plain UTF-8 text: \"\\xff\""});
}

TEST(Config, RefusesTooMuch) {
  EXPECT_EQ(errors(std::string(max_config_bytes, '\n')), Texts{});
  EXPECT_EQ(errors(std::string(max_config_bytes + 1, '\n')),
            Texts{"0: the configuration is larger than 16 MiB"});
  std::string sections;
  for (std::size_t i = 0; i <= max_config_sections; ++i) sections += "[a]\n";
  EXPECT_EQ(errors(sections), Texts{"200001: more than 200000 sections"});
  std::string units;
  for (int i = 0; i < 102; ++i) units += "[l" + std::to_string(i) + "]\nunits = 10000\n";
  EXPECT_EQ(errors(units), Texts{"202: more than 1000000 units in all counting locks together"});
}

TEST(Config, ShowsAThousandFaultsAndCountsTheRest) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "x\n";
  const auto all = errors(text);
  ASSERT_EQ(all.size(), 1000U);
  EXPECT_EQ(all[998], "999: expected KEY = VALUE or [NAME], found \"x\"");
  EXPECT_EQ(all[999], "1000: from here on 4001 more faults are not shown");
}

TEST(ConfigFault, IsWrittenAsCompilersDo) {
  EXPECT_EQ(to_string(Fault{3, "no value"}, "/etc/lockfs.conf"), "/etc/lockfs.conf:3: no value");
  EXPECT_EQ(to_string(Fault{0, "too large"}, "/etc/lockfs.conf"), "/etc/lockfs.conf: too large");
}

}  // namespace
}  // namespace lockfs
