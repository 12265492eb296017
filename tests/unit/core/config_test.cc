// parse_config: what loads, and as what.
#include "core/config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/config_keys.h"
#include "tests/unit/core/config_text.h"

namespace lockfs {
namespace {

using std::chrono::seconds;

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
    EXPECT_EQ(config.daemon.state, "");
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
          "stop_timeout = 2m\nhook_user = build\nhook_timeout = 5m\nmax_hooks = 64\nstate = "
          "/srv/lock state\nmax_waiters = 1\n"
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
  EXPECT_EQ(daemon.hook_user, (Named{"build", 12}));
  EXPECT_EQ(daemon.hook_timeout, seconds(300));
  EXPECT_EQ(daemon.max_hooks, 64U);
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
  EXPECT_EQ(warnings("history = /h\nlisten = a:1\nlisten_allow = ::1\nlisten_mutexdaemon = /s\n"
                     "cluster = a:1\ncluster_name = c\nstate = /s\nlog = stderr\n"),
            (Texts{"5: cluster has no effect in this version",
                   "6: cluster_name has no effect in this version"}));
  EXPECT_EQ(warnings("[a]\nmax_hold = 1h\non_expiry = warn\ndeadlock = fail\nreentrant = user\n"
                     "check = c\ncheck_interval = 1m\non_release = r\nscope = cluster\n"),
            Texts{"9: scope has no effect in this version"});
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

TEST(ConfigKeys, EveryKeyIsInItsTableOnce) {
  std::vector<std::string_view> all;
  for (const auto& key : lock_keys()) all.push_back(key.name);
  for (const auto& key : daemon_keys()) all.push_back(key.name);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  EXPECT_EQ(all.size(), 31U);
}

}  // namespace
}  // namespace lockfs
