// lockctl run that loses its lock.
#include <signal.h>

#include "tests/e2e/served_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class LockctlLossServed : public ServedTest {
 protected:
  Ran run(const std::string& arguments) { return sh(LOCKCTL_PROGRAM " run " + arguments); }
  pid_t start(const std::string& arguments) {
    return sandbox->start_sh("exec " LOCKCTL_PROGRAM " run " + arguments);
  }
};

// Once this command runs, lockctl knows what it holds; that status shows the hold is not enough.
constexpr const char* ready_and_sleeping = "sh -c 'touch $D/ready; exec sleep 1000'";

TEST_F(LockctlLossServed, EndsTheCommandWhenTheLockIsBroken) {
  const Ran ran =
      run("s3esk -- sh -c '" LOCKCTL_PROGRAM " break s3esk gone home; sleep 1000; echo not ended'");
  EXPECT_EQ(ran.status, 76);
  EXPECT_THAT(ran.out, HasSubstr("lockctl: s3esk was taken away"));
  EXPECT_THAT(ran.out, HasSubstr("; the command gets SIGTERM\n"));
  EXPECT_THAT(ran.out, Not(HasSubstr("not ended")));
  EXPECT_EQ(run("-n s3esk -- true").status, 0);
}

TEST_F(LockctlLossServed, LetsTheCommandBeIfAskedTo) {
  const pid_t runner = start(
      "--on-break none deploy s3esk -- sh -c 'touch $D/ready; "
      "while ! test -e $D/go; do sleep 0.02; done; touch $D/done'");
  ASSERT_TRUE(wait_until([&] { return sh("test -e $D/ready").status == 0; }));
  EXPECT_EQ(sh(LOCKCTL_PROGRAM " break s3esk").status, 0);
  EXPECT_TRUE(sandbox->logs("the command goes on without it"));
  sh("touch $D/go");
  EXPECT_EQ(sandbox->wait_for(runner), 76);
  EXPECT_EQ(sh("test -e $D/done").status, 0);
}

TEST_F(LockctlLossServed, NoticesALossOverACrashOfTheWorkerAndAnUpgrade) {
  const pid_t runner = start(std::string("deploy -- ") + ready_and_sleeping);
  ASSERT_TRUE(wait_until([&] { return sh("test -e $D/ready").status == 0; }));
  sandbox->kill(sandbox->worker());
  ASSERT_TRUE(becomes("deploy", "held", 1));
  EXPECT_EQ(sh(LOCKCTL_PROGRAM " upgrade").status, 0);
  EXPECT_EQ(::kill(runner, 0), 0);
  EXPECT_EQ(sh(LOCKCTL_PROGRAM " break deploy").status, 0);
  EXPECT_EQ(sandbox->wait_for(runner), 76);
}

class LockctlLoss : public MountTest {};

TEST_F(LockctlLoss, EndsTheCommandWhenTheDaemonIsGoneForGood) {
  mount("[deploy]\n");
  const pid_t runner = sandbox->start_sh(std::string("exec " LOCKCTL_PROGRAM " run deploy -- ") +
                                         ready_and_sleeping);
  ASSERT_TRUE(wait_until([&] { return sandbox->sh("test -e $D/ready").status == 0; }));
  sandbox->kill_together(sandbox->keeper(), sandbox->worker());
  EXPECT_EQ(sandbox->wait_for(runner), 76);
  EXPECT_TRUE(sandbox->logs("the lockfs daemon of " + sandbox->mount_point() +
                            " is gone, and with it deploy; the command gets SIGTERM"));
}

}  // namespace
}  // namespace lockfs::test
