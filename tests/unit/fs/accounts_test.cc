// Users and groups through the real NSS. Where the system lets us, over an /etc/passwd and an
// /etc/group of our own, mounted over the real ones in a namespace that ends with the test.
#include "fs/accounts.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace lockfs {
namespace {

using Uids = std::vector<uid_t>;

constexpr int no_namespace = 77;  // what the child answers where it may not mount

Config config_naming(const std::vector<std::string>& groups,
                     const std::vector<std::string>& users) {
  Config config;
  auto& lock = config.locks.emplace_back();
  for (const auto& group : groups) lock.groups.push_back({group, 1});
  for (const auto& user : users) lock.users.push_back({user, 1});
  return config;
}

std::string temporary_file(const std::string& text) {
  std::string path = testing::TempDir() + "lockfs-accounts-XXXXXX";
  const int fd = mkstemp(path.data());
  if (fd < 0) return {};
  close(fd);
  std::ofstream(path) << text;
  return path;
}

bool mount_over(const std::string& file, const char* place) {
  return mount(file.c_str(), place, nullptr, MS_BIND, nullptr) == 0;
}

bool enter_namespace() {
  const int own_mounts = CLONE_NEWNS | (geteuid() == 0 ? 0 : CLONE_NEWUSER);
  return unshare(own_mounts) == 0 &&
         mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

// Runs `check` in a process that sees these accounts; its answer is whether all is well.
template <typename Check>
void with_accounts(const std::string& passwd_text, const std::string& group_text, Check check) {
  const std::string passwd_file = temporary_file(passwd_text);
  const std::string group_file = temporary_file(group_text);
  const pid_t child = fork();
  if (child == 0) {
    if (!enter_namespace() || !mount_over(passwd_file, "/etc/passwd") ||
        !mount_over(group_file, "/etc/group")) {
      _exit(no_namespace);
    }
    _exit(check() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  unlink(passwd_file.c_str());
  unlink(group_file.c_str());
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == no_namespace) GTEST_SKIP() << "may not mount over /etc/passwd here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Accounts, FindsRootAndNoStrangers) {
  const auto accounts =
      look_up_accounts(config_naming({"root", "no-such-group"}, {"root", "no-such-user", ""}));
  ASSERT_EQ(accounts.groups.count("root"), 1U);
  EXPECT_EQ(accounts.groups.at("root").gid, 0U);
  EXPECT_EQ(accounts.groups.count("no-such-group"), 0U);
  EXPECT_EQ(accounts.users, (std::map<std::string, uid_t>{{"root", 0}}));
  EXPECT_TRUE(accounts.unanswered_groups.empty());
  EXPECT_TRUE(accounts.unanswered_users.empty());
}

TEST(Accounts, LooksUpEveryNameThatTheConfigurationHas) {
  const auto* const group = getgrgid(getgid());
  if (group == nullptr) GTEST_SKIP() << "this process's group has no name";
  Config config;
  config.daemon.admin_group = Named{group->gr_name, 1};
  EXPECT_EQ(look_up_accounts(config).groups.count(group->gr_name), 1U);
  config = {};
  config.daemon.create.groups = {{group->gr_name, 1}};
  EXPECT_EQ(look_up_accounts(config).groups.count(group->gr_name), 1U);
  EXPECT_TRUE(look_up_accounts({}).groups.empty());
}

TEST(Accounts, AddsPrimaryMembersToThoseOfTheList) {
  with_accounts(
      "root:x:0:0::/:/bin/sh\nann:x:1001:2001::/:/bin/sh\nben:x:1002:2002::/:/bin/sh\n"
      "cat:x:1003:2001::/:/bin/sh\n",
      "root:x:0:\nlab:x:2001:ben,cat,gone\nother:x:2002:\nalias:x:2001:\n", [] {
        const auto found =
            look_up_accounts(config_naming({"lab", "other", "alias", "jack"}, {"cat", "gone"}));
        return found.groups.size() == 3 && found.groups.at("lab").gid == 2001 &&
               found.groups.at("lab").members == Uids{1001, 1002, 1003} &&
               found.groups.at("other").members == Uids{1002} &&
               found.groups.at("alias").members == Uids{1001, 1003} &&
               found.users == std::map<std::string, uid_t>{{"cat", 1003}} &&
               found.unanswered_groups.empty() && found.unanswered_users.empty();
      });
}

// Entries far beyond the first buffer: a group's line of 60 KB, and a user's of 8 KB in the middle
// of the enumeration.
TEST(Accounts, TakesEntriesOfAnySize) {
  std::string users = "root:x:0:0::/:/bin/sh\n";
  std::string group = "crowd:x:3000:";
  for (int i = 0; i < 6000; ++i) {
    const std::string name = "user" + std::to_string(i);
    const std::string comment(i == 3000 ? 8000 : 0, 'c');
    users += name + ":x:" + std::to_string(10'000 + i) + ":3000:" + comment + ":/:/bin/sh\n";
    group += name + ",";
  }
  with_accounts(users, group + "root\n", [] {
    const auto found = look_up_accounts(config_naming({"crowd"}, {"user3000"}));
    const auto& members = found.groups.at("crowd").members;
    return members.size() == 6001 && members.front() == 0 && members.back() == 15'999 &&
           found.users.at("user3000") == 13'000 && user_name(13'000) == "user3000";
  });
}

TEST(Accounts, MayBeLookedUpFromSeveralThreads) {
  const auto config = config_naming({"root"}, {"root"});
  const auto expected = look_up_accounts(config).groups.at("root").members;
  std::vector<Uids> found(4);
  std::vector<std::thread> threads;
  for (auto& members : found) {
    threads.emplace_back([&] { members = look_up_accounts(config).groups.at("root").members; });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& members : found) EXPECT_EQ(members, expected);
}

TEST(Accounts, NamesUsersAndNumbersTheNameless) {
  EXPECT_EQ(user_name(0), "root");
  EXPECT_EQ(user_name(3'999'999'999), "3999999999");
}

}  // namespace
}  // namespace lockfs
