// What is on the mount point already: a dead mount is taken away, a living one is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class StaleMountTest : public MountTest {
 protected:
  // The keeper, which may have been started with another path, is the worker's parent.
  std::vector<pid_t> both() const {
    pid_t keeper = 0;
    EXPECT_TRUE(wait_until([&] {
      const std::string worker = std::to_string(sandbox->worker());
      const Ran ran = sandbox->sh("P=$(ps -o ppid= -p " + worker + "); ps -o pid=,comm= -p $P");
      if (ran.out.find(" lockfs-keeper") != std::string::npos) keeper = std::atoi(ran.out.c_str());
      return keeper > 0;
    }));
    return {keeper, sandbox->worker()};
  }
  void signal_both(int signal) const {
    for (const pid_t pid : both()) ::kill(pid, signal);
  }
  void kill_both() {
    const auto pids = both();
    sandbox->kill_together(pids.front(), pids.back());
    ASSERT_EQ(sh("ls $L").status, 2);
  }
  Ran start_at(const std::string& path) { return sh(LOCKFS_PROGRAM " $D/lockfs.conf " + path); }
};

constexpr const char* taken_away = "its mount was taken away";

TEST_F(StaleMountTest, ADeadMountIsTakenAway) {
  mount("[a]\n");
  if (!sandbox || HasFailure()) return;
  kill_both();
  const Ran ran = start_at("$L");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, HasSubstr(sandbox->mount_point() + ": the lockfs that was mounted there"));
  EXPECT_THAT(ran.out, HasSubstr(taken_away));
  EXPECT_EQ(sh("flock -n $L/a true").status, 0);
  EXPECT_EQ(sh("grep -c \" $L fuse\" /proc/mounts").out, "1\n");
}

TEST_F(StaleMountTest, ADeadMountIsFoundThroughALinkAndARelativePath) {
  mount("[a]\n");
  if (!sandbox || HasFailure()) return;
  EXPECT_EQ(sh("ln -s mnt $D/link").status, 0);
  kill_both();
  for (const char* path : {"$D/link", "../${D##*/}/./link/", "mnt"}) {
    const Ran ran = sh(std::string("cd $D; " LOCKFS_PROGRAM " lockfs.conf ") + path);
    EXPECT_EQ(ran.status, 0) << path;
    EXPECT_THAT(ran.out, HasSubstr(taken_away)) << path;
    EXPECT_EQ(sh("flock -n $L/a true").status, 0) << path;
    kill_both();
  }
}

TEST_F(StaleMountTest, ALivingMountIsRefused) {
  mount("[a]\n");
  if (!sandbox || HasFailure()) return;
  EXPECT_EQ(sh("ln -s mnt $D/link").status, 0);
  hold("a");
  for (const char* path : {"$L", "$D/link"}) {
    const Ran ran = start_at(path);
    EXPECT_EQ(ran.status, 1);
    EXPECT_THAT(ran.out, HasSubstr("a lockfs is mounted there already"));
  }
  EXPECT_EQ(sh("flock -n $L/a true").status, 1);
}

TEST_F(StaleMountTest, AHungMountIsRefusedAndNotWaitedFor) {
  mount("[a]\n");
  if (!sandbox || HasFailure()) return;
  signal_both(SIGSTOP);
  const Ran ran = start_at("$L");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, HasSubstr("a lockfs is mounted there already"));
  EXPECT_THAT(ran.out, Not(HasSubstr(taken_away)));
  signal_both(SIGCONT);
  EXPECT_EQ(sh("flock -n $L/a true").status, 0);
}

// The daemon stands in / once it is in the background.
TEST_F(StaleMountTest, ARelativeMountPointIsUnmountedAtTheEnd) {
  prepare("[a]\n");
  if (!sandbox) return;
  ASSERT_EQ(sh("cd $D; " LOCKFS_PROGRAM " lockfs.conf mnt").status, 0);
  sandbox->kill(sandbox->worker());
  EXPECT_EQ(sh("flock -n $L/a true").status, 0);
  ASSERT_NE(sandbox->worker(), 0);
  ::kill(sandbox->worker(), SIGTERM);
  EXPECT_TRUE(wait_until([&] { return sh("grep \" $L \" /proc/mounts").status == 1; }));
}

constexpr const char* token_of_a = "flock $L/a awk '$1 == \"a\" { print $10; exit }' $L/a";

TEST_F(StaleMountTest, TokensGrowOverAStop) {
  mount("[a]\n");
  if (!sandbox || HasFailure()) return;
  const long first = std::stol(sh(token_of_a).out);
  EXPECT_EQ(sh("umount $L").status, 0);
  EXPECT_EQ(sandbox->wait_for_daemon(), 0);
  ASSERT_EQ(sandbox->start(), "");
  EXPECT_GT(std::stol(sh(token_of_a).out), first);
}

TEST_F(StaleMountTest, AStateFolderThatCannotBeWrittenStopsNothing) {
  mount("state = /proc/version\n[a]\n");
  if (!sandbox || HasFailure()) return;
  EXPECT_GT(std::stol(sh(token_of_a).out), 1'000'000'000'000'000);
  EXPECT_TRUE(sandbox->logs("the state cannot be written: /proc/version/")) << sandbox->log();
  EXPECT_TRUE(sandbox->logs("locking goes on")) << sandbox->log();
}

}  // namespace
}  // namespace lockfs::test
