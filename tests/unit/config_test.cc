// parse_config: what loads, every fault in its exact words, and every trap of inih's.
#include "core/config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/config_keys.h"
#include "core/config_lines.h"
#include "core/config_values.h"

namespace lockfs {
namespace {

using std::chrono::seconds;
using Texts = std::vector<std::string>;

constexpr std::string_view mutexdaemon_sample =
    "[burchtest]\n"
    "address = 192.168.124.51\n"
    "address = 192.168.124.53\n"
    "address = 192.168.124.56\n"
    "group = jack\n"
    "group = vltest\n"
    "group = vluser\n"
    "\n"
    "[s3esk]\n"
    "address = 192.168.124.52\n"
    "group = vltest\n"
    "group = vluser\n";

Texts texts(const std::vector<Fault>& faults) {
  Texts result;
  for (const auto& fault : faults) {
    result.push_back(std::to_string(fault.line) + ": " + fault.message);
  }
  return result;
}

Texts errors(std::string_view text) { return texts(parse_config(text).errors); }
Texts warnings(std::string_view text) { return texts(parse_config(text).warnings); }

Config good(std::string_view text) {
  const auto parsed = parse_config(text);
  EXPECT_EQ(texts(parsed.errors), Texts{}) << text;
  return parsed.config;
}

// The one section of a file that has no fault.
LockSection only_lock(std::string_view text) {
  const auto config = good(text);
  EXPECT_EQ(config.locks.size(), 1U) << text;
  return config.locks.empty() ? LockSection{} : config.locks[0];
}

Texts names(const std::vector<Named>& all) {
  Texts result;
  for (const auto& each : all) result.push_back(each.name);
  return result;
}

// --- what loads ---

TEST(Config, ReadsMutexdaemonsSampleAsItStands) {
  const auto parsed = parse_config(mutexdaemon_sample);
  EXPECT_EQ(texts(parsed.errors), Texts{});
  EXPECT_EQ(texts(parsed.warnings), Texts{});
  ASSERT_EQ(parsed.config.locks.size(), 2U);
  const auto& burchtest = parsed.config.locks[0];
  EXPECT_EQ(burchtest.name, "burchtest");
  EXPECT_EQ(burchtest.line, 1);
  EXPECT_EQ(
      burchtest.addresses,
      (std::vector<Named>{{"192.168.124.51", 2}, {"192.168.124.53", 3}, {"192.168.124.56", 4}}));
  EXPECT_EQ(burchtest.groups, (std::vector<Named>{{"jack", 5}, {"vltest", 6}, {"vluser", 7}}));
  EXPECT_TRUE(burchtest.users.empty());
  const auto& s3esk = parsed.config.locks[1];
  EXPECT_EQ(s3esk.name, "s3esk");
  EXPECT_EQ(s3esk.line, 9);
  EXPECT_EQ(names(s3esk.addresses), Texts{"192.168.124.52"});
  EXPECT_EQ(names(s3esk.groups), (Texts{"vltest", "vluser"}));
}

TEST(Config, TakesNothingForDefaults) {
  for (const auto* text : {"", "\n\n", "# only\n; comments\n", "\xEF\xBB\xBF"}) {
    const auto config = good(text);
    EXPECT_TRUE(config.locks.empty());
    EXPECT_TRUE(config.daemon.create.everyone);
    EXPECT_EQ(config.daemon.stop_timeout, seconds(90));
    EXPECT_EQ(config.daemon.state, "/var/lib/lockfs");
    EXPECT_EQ(config.daemon.limits.max_waiters, 100'000U);
  }
}

TEST(Config, ReadsEveryKeyOfASection) {
  const auto board = only_lock(
      "[board]\naddress = /dev/ttyUSB0\naddress = fe80::1%eth0\nuser = alice\nuser = bob\n"
      "group = lab\nmax_hold = 30m\non_expiry = yield\ndeadlock = fail\nreentrant = user\n"
      "check = ping -c 1\ncheck_interval = 5\non_release = reset; sleep 1\n"
      "description = the 3rd board, left shelf\nscope = cluster\n");
  EXPECT_EQ(names(board.addresses), (Texts{"/dev/ttyUSB0", "fe80::1%eth0"}));
  EXPECT_EQ(names(board.users), (Texts{"alice", "bob"}));
  EXPECT_EQ(names(board.groups), Texts{"lab"});
  EXPECT_EQ(board.max_hold, seconds(1800));
  EXPECT_EQ(board.on_expiry, OnExpiry::yield);
  EXPECT_EQ(board.deadlock, OnDeadlock::fail);
  EXPECT_TRUE(board.reentrant_by_user);
  EXPECT_EQ(board.check, "ping -c 1");
  EXPECT_EQ(board.check_interval, seconds(5));
  EXPECT_EQ(board.on_release, "reset; sleep 1");
  EXPECT_EQ(board.description, "the 3rd board, left shelf");
  EXPECT_EQ(board.scope, Scope::cluster);
  EXPECT_EQ(only_lock("[a]\non_expiry = warn\n").on_expiry, OnExpiry::warn);
  EXPECT_EQ(only_lock("[a]\non_expiry = break\n").on_expiry, OnExpiry::break_hold);
  EXPECT_EQ(only_lock("[licences]\nunits = 4\n").units, 4U);
}

TEST(Config, ReadsEveryKeyOfTheDaemon) {
  const auto daemon =
      good(
          "admin_group = wheel\nhistory = /var/log/locks\nlog = syslog\nlisten = 127.0.0.1:1751\n"
          "listen = /run/lockerd\nlisten_allow = 10.0.0.0/8\nlisten_allow = ::1\n"
          "listen_mutexdaemon = /tmp/mutexdaemon\ncluster = a:2379,b:2379\ncluster_name = lab-1\n"
          "stop_timeout = 2m\nstate = /srv/lock state\nmax_waiters = 1\n"
          "max_waiters_per_user = 2\nmax_dynamic_locks_per_user = 3\n"
          "max_opens_per_user = 10000000\n")
          .daemon;
  EXPECT_EQ(daemon.admin_group, (Named{"wheel", 1}));
  EXPECT_EQ(daemon.history, "/var/log/locks");
  EXPECT_EQ(daemon.log, "syslog");
  EXPECT_EQ(names(daemon.listen), (Texts{"127.0.0.1:1751", "/run/lockerd"}));
  EXPECT_EQ(names(daemon.listen_allow), (Texts{"10.0.0.0/8", "::1"}));
  EXPECT_EQ(daemon.listen_mutexdaemon, "/tmp/mutexdaemon");
  EXPECT_EQ(daemon.cluster, "a:2379,b:2379");
  EXPECT_EQ(daemon.cluster_name, "lab-1");
  EXPECT_EQ(daemon.stop_timeout, seconds(120));
  EXPECT_EQ(daemon.state, "/srv/lock state");
  EXPECT_EQ(daemon.limits.max_waiters, 1U);
  EXPECT_EQ(daemon.limits.max_waiters_per_user, 2U);
  EXPECT_EQ(daemon.limits.max_dynamic_locks_per_user, 3U);
  EXPECT_EQ(daemon.limits.max_opens_per_user, 10'000'000U);
}

TEST(Config, SaysWhoMayCreate) {
  for (const auto* text : {"create = yes\n", "create = everyone\n"}) {
    EXPECT_TRUE(good(text).daemon.create.everyone);
  }
  for (const auto* text : {"create = no\n", "create = nobody\n"}) {
    EXPECT_FALSE(good(text).daemon.create.everyone);
    EXPECT_TRUE(good(text).daemon.create.groups.empty());
  }
  const auto rule = good("create = staff\ncreate = students\n").daemon.create;
  EXPECT_FALSE(rule.everyone);
  EXPECT_EQ(names(rule.groups), (Texts{"staff", "students"}));
  const std::string conflict = "expected yes or no once, or else only groups";
  EXPECT_EQ(errors("create = yes\ncreate = staff\n"),
            Texts{"2: bad value \"staff\" for create: " + conflict});
  EXPECT_EQ(errors("create = staff\ncreate = no\n"),
            Texts{"2: bad value \"no\" for create: " + conflict});
  EXPECT_EQ(errors("create = yes\ncreate = yes\n"),
            Texts{"2: bad value \"yes\" for create: " + conflict});
}

TEST(Config, WarnsOfKeysWithoutEffectYet) {
  EXPECT_EQ(
      warnings("history = /h\nlisten = a:1\nlisten_allow = ::1\nlisten_mutexdaemon = /s\n"
               "cluster = a:1\ncluster_name = c\nstate = /s\nlog = stderr\n"),
      (Texts{"1: history has no effect in this version", "2: listen has no effect in this version",
             "3: listen_allow has no effect in this version",
             "4: listen_mutexdaemon has no effect in this version",
             "5: cluster has no effect in this version",
             "6: cluster_name has no effect in this version",
             "7: state has no effect in this version"}));
  EXPECT_EQ(
      warnings("[a]\nmax_hold = 1h\non_expiry = warn\ndeadlock = fail\nreentrant = user\n"
               "check = c\ncheck_interval = 1m\non_release = r\nscope = cluster\n"),
      (Texts{"2: max_hold has no effect in this version",
             "3: on_expiry has no effect in this version",
             "4: deadlock has no effect in this version",
             "5: reentrant has no effect in this version", "6: check has no effect in this version",
             "7: check_interval has no effect in this version",
             "8: on_release has no effect in this version",
             "9: scope has no effect in this version"}));
  EXPECT_EQ(warnings("[a]\ndeadlock = show\nscope = host\ndescription = d\n"), Texts{});
}

TEST(Config, ReadsAHundredThousandLocks) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "[l" + std::to_string(i) + "]\n";
  const auto config = good(text);
  ASSERT_EQ(config.locks.size(), 100'000U);
  EXPECT_EQ(config.locks.back().name, "l99999");
  EXPECT_EQ(config.locks.back().line, 100'000);
}

// --- faults ---

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
            Texts{"0: the configuration is larger than 1 MiB"});
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

// --- the traps of inih ---

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

// --- properties ---

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

// --- the parts ---

TEST(ConfigFault, IsWrittenAsCompilersDo) {
  EXPECT_EQ(to_string(Fault{3, "no value"}, "/etc/lockfs.conf"), "/etc/lockfs.conf:3: no value");
  EXPECT_EQ(to_string(Fault{0, "too large"}, "/etc/lockfs.conf"), "/etc/lockfs.conf: too large");
}

TEST(ConfigKeys, EveryKeyIsInItsTableOnce) {
  std::vector<std::string_view> all;
  for (const auto& key : lock_keys()) all.push_back(key.name);
  for (const auto& key : daemon_keys()) all.push_back(key.name);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  EXPECT_EQ(all.size(), 28U);
}

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
