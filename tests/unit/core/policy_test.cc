// resolve_policy: a configuration and a snapshot of accounts in, what the engine is told out.
#include "core/policy.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/core/config_text.h"

namespace lockfs {
namespace {

using Uids = std::vector<uid_t>;

Accounts lab_accounts() {
  Accounts accounts;
  accounts.groups = {
      {"vltest", {2001, {1001, 1003}}}, {"vluser", {2002, {1002, 1003}}}, {"empty", {2003, {}}}};
  accounts.users = {{"alice", 1001}, {"zoe", 1000}};
  return accounts;
}

ResolvedPolicy resolve(std::string_view text, bool lax = false) {
  const auto parsed = parse_config(text);
  EXPECT_TRUE(parsed.errors.empty()) << text;
  return resolve_policy(parsed.config, lab_accounts(), lax);
}

LockSpec only_spec(std::string_view text) {
  const auto resolved = resolve(text);
  EXPECT_EQ(texts(resolved.errors), Texts{}) << text;
  EXPECT_EQ(resolved.policy.locks.size(), 1U);
  return resolved.policy.locks.at(0);
}

TEST(Policy, TellsTheKindsOfLocksAndTheirUnits) {
  const auto board = only_spec("[b]\naddress = y\naddress = x\ndescription = the board\n");
  EXPECT_EQ(board.name, "b");
  EXPECT_EQ(board.kind, LockKind::board);
  EXPECT_EQ(board.units, (Texts{"y", "x"}));
  EXPECT_EQ(board.description, "the board");
  const auto counting = only_spec("[licences]\nunits = 3\n");
  EXPECT_EQ(counting.kind, LockKind::counting);
  EXPECT_EQ(counting.units, (Texts{"1", "2", "3"}));
  const auto named = only_spec("[backup]\n");
  EXPECT_EQ(named.kind, LockKind::named);
  EXPECT_EQ(named.units, Texts{"backup"});
}

TEST(Policy, TakesHowLongAHoldMayLast) {
  EXPECT_EQ(only_spec("[a]\n").max_hold, 0);
  const auto lock = only_spec("[a]\nmax_hold = 30m\non_expiry = yield\n");
  EXPECT_EQ(lock.max_hold, 1800 * WallTime{1'000'000'000});
  EXPECT_EQ(lock.on_expiry, OnExpiry::yield);
}

TEST(Policy, TakesWhatIsRunForUnits) {
  EXPECT_FALSE(only_spec("[a]\ncheck_interval = 5\n").hooks.any());
  const auto lock = only_spec("[a]\non_release = reset\ncheck = ping\ncheck_interval = 5\n");
  EXPECT_EQ(lock.hooks, (Hooks{"reset", "ping", 5 * WallTime{1'000'000'000}}));
  EXPECT_EQ(resolve("").policy.hooks, (HookRules{std::nullopt, 60, 4}));
  const auto rules = resolve("hook_user = alice\nhook_timeout = 5m\nmax_hooks = 2\n").policy.hooks;
  EXPECT_EQ(rules, (HookRules{1001, 300, 2}));
  EXPECT_EQ(texts(resolve("hook_user = bob\n").errors), Texts{"1: unknown user \"bob\""});
}

TEST(Policy, AdmitsEveryoneWithoutGroupsAndUsers) {
  const auto lock = only_spec("[a]\n");
  EXPECT_TRUE(lock.access.everyone);
  EXPECT_TRUE(lock.access.allows(4711));
  EXPECT_EQ(lock.group, 0U);
}

TEST(Policy, AdmitsMembersAndUsersOnceEach) {
  const auto lock = only_spec("[a]\ngroup = vltest\ngroup = vluser\nuser = alice\nuser = zoe\n");
  EXPECT_FALSE(lock.access.everyone);
  EXPECT_EQ(lock.access.uids, (Uids{1000, 1001, 1002, 1003}));
  EXPECT_TRUE(lock.access.allows(1002));
  EXPECT_FALSE(lock.access.allows(1004));
  EXPECT_TRUE(lock.access.allows(0));
  EXPECT_EQ(lock.group, 2001U);
}

TEST(Policy, AnEmptyGroupAdmitsOnlyRoot) {
  const auto lock = only_spec("[a]\ngroup = empty\n");
  EXPECT_FALSE(lock.access.everyone);
  EXPECT_FALSE(lock.access.allows(1001));
  EXPECT_TRUE(lock.access.allows(0));
}

TEST(Policy, TakesCreateAdminsAndLimits) {
  const auto defaults = resolve("").policy;
  EXPECT_TRUE(defaults.create.everyone);
  EXPECT_EQ(defaults.admins, (Access{false, {}}));
  EXPECT_TRUE(defaults.admins.allows(0));
  EXPECT_FALSE(defaults.admins.allows(1001));
  EXPECT_EQ(resolve("create = no\n").policy.create, (Access{false, {}}));
  const auto policy =
      resolve("create = vltest\ncreate = vluser\nadmin_group = vluser\nmax_waiters = 7\n").policy;
  EXPECT_EQ(policy.create, (Access{false, {1001, 1002, 1003}}));
  EXPECT_EQ(policy.admins, (Access{false, {1002, 1003}}));
  EXPECT_EQ(policy.limits.max_waiters, 7U);
}

constexpr std::string_view strangers =
    "create = makers\nadmin_group = wheel\n[a]\nuser = jim\ngroup = jack\ngroup = vltest\n"
    "[b]\ngroup = jack\n";

TEST(Policy, RefusesUnknownAccountsWithTheirLines) {
  const auto resolved = resolve(strangers);
  EXPECT_EQ(
      texts(resolved.errors),
      (Texts{"1: unknown group \"makers\"", "2: unknown group \"wheel\"", "4: unknown user \"jim\"",
             "5: unknown group \"jack\"", "8: unknown group \"jack\""}));
  EXPECT_EQ(texts(resolved.warnings), Texts{});
}

TEST(Policy, LaxMakesUnknownAccountsWarningsThatAdmitNobody) {
  const auto resolved = resolve(strangers, true);
  EXPECT_EQ(texts(resolved.errors), Texts{});
  EXPECT_EQ(resolved.warnings.size(), 5U);
  const auto& policy = resolved.policy;
  EXPECT_EQ(policy.create, (Access{false, {}}));
  EXPECT_EQ(policy.admins, (Access{false, {}}));
  EXPECT_EQ(policy.locks[0].access, (Access{false, {1001, 1003}}));
  EXPECT_EQ(policy.locks[0].group, 2001U);
  EXPECT_EQ(policy.locks[1].access, (Access{false, {}}));
  EXPECT_EQ(policy.locks[1].group, 0U);
}

TEST(Policy, AFailedLookUpIsAnErrorEvenIfLax) {
  auto accounts = lab_accounts();
  accounts.unanswered_groups = {{"jack", "Connection refused"}};
  accounts.unanswered_users = {{"jim", "Input/output error"}};
  const auto config = parse_config("[a]\ngroup = jack\nuser = jim\n").config;
  EXPECT_EQ(texts(resolve_policy(config, accounts, true).errors),
            (Texts{"2: group \"jack\" cannot be looked up: Connection refused",
                   "3: user \"jim\" cannot be looked up: Input/output error"}));
}

TEST(Policy, StaysSmallHoweverManyUnitsAreAskedFor) {
  std::string text = "[much]\nunits = 4000000000\n";
  for (int i = 0; i < 150; ++i) text += "[l" + std::to_string(i) + "]\nunits = 10000\n";
  const auto parsed = parse_config(text);
  EXPECT_EQ(texts(parsed.errors),
            (Texts{"2: bad value \"4000000000\" for units: expected a whole number from 1 to 10000",
                   "204: more than 1000000 units in all counting locks together"}));
  std::size_t units = 0;
  for (const auto& lock : resolve_policy(parsed.config, {}, false).policy.locks) {
    units += lock.units.size();
  }
  EXPECT_LE(units, 1'000'100U);
}

}  // namespace
}  // namespace lockfs
