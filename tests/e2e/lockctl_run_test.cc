// lockctl run with several locks, and on a terminal.
#include <signal.h>

#include "tests/e2e/served_test.h"
#include "tests/harness/terminal.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class LockctlRunServed : public ServedTest {
 protected:
  Ran run(const std::string& arguments) { return sh(LOCKCTL_PROGRAM " run " + arguments); }
};

constexpr char tell[] = " -- sh -c 'echo \"$LOCKFS_UNITS\"; cat \"$L/.mine/$LOCKFS_LOCK\"'";

TEST_F(LockctlRunServed, TakesExpressions) {
  EXPECT_THAT(run(std::string("burchtest@192.168.124.53+licence=2") + tell),
              Gives(0,
                    "burchtest 192.168.124.53\nlicence 1\nlicence 2\n"
                    "burchtest 192.168.124.53\nlicence 1\nlicence 2\n"));
  EXPECT_THAT(run(std::string("$L/s3esk=shared") + tell),
              Gives(0, "s3esk 10.0.0.1\ns3esk 10.0.0.1\n"));
  hold("s3esk");
  EXPECT_THAT(run(std::string("-n s3esk,deploy") + tell),
              Gives(0, "deploy deploy\ndeploy deploy\n"));
  EXPECT_THAT(run("-n s3esk+deploy -- true"), Gives(1, ""));
}

TEST_F(LockctlRunServed, TakesSeveralExpressionsAtOnceOrNone) {
  EXPECT_THAT(run(std::string("s3esk deploy") + tell),
              Gives(0, "s3esk 10.0.0.1\ndeploy deploy\ns3esk 10.0.0.1\ndeploy deploy\n"));
  hold("s3esk");
  EXPECT_THAT(run("-n deploy s3esk -- true"), Gives(1, ""));
  EXPECT_THAT(run(std::string("-n deploy s3esk,licence") + tell),
              Gives(0, HasSubstr("deploy deploy\nlicence ")));
}

TEST_F(LockctlRunServed, TellsItsGrantFromThatOfACommandAroundIt) {
  EXPECT_THAT(run("licence -- sh -c '" LOCKCTL_PROGRAM
                  " run licence -- printenv LOCKFS_UNITS; printenv LOCKFS_UNITS'"),
              Gives(0, "2\n1\n"));
}

TEST_F(LockctlRunServed, KnowsItsGrantInAContainer) {
  EXPECT_THAT(sh("unshare --pid --fork " LOCKCTL_PROGRAM
                 " run licence=2 -- sh -c 'echo $$ \"$LOCKFS_UNITS\"'"),
              Gives(0, "2 licence 1\nlicence 2\n"));
}

TEST_F(LockctlRunServed, SaysWhatOfAnExpressionIsNotThere) {
  EXPECT_THAT(run("deploy nothing -- true"), Gives(66, HasSubstr("there is no lock nothing on ")));
  EXPECT_THAT(run("burchtest@10.9.9.9 -- true"),
              Gives(66, "lockctl: burchtest has no unit 10.9.9.9\n"));
  EXPECT_THAT(run("licence=3 -- true"), Gives(66, "lockctl: licence has only 2 units\n"));
}

TEST_F(LockctlRunServed, SaysOneLineWhereThereIsNoTerminal) {
  const pid_t holder = hold("deploy");
  EXPECT_THAT(run("-w 0.1 -E 3 s3esk deploy -- true"),
              Gives(3, MatchesRegex("waiting for s3esk deploy \\(deploy held by root, pid " +
                                    std::to_string(holder) + ", since 2[-0-9T:]+\\)\n")));
}

TEST_F(LockctlRunServed, ASignalThatIsIgnoredDoesNotEndItsWait) {
  const pid_t holder = hold("deploy");
  const pid_t waiter =
      sandbox->start_sh("trap '' HUP; exec " LOCKCTL_PROGRAM " run deploy -- sh -c 'exit 4'");
  ASSERT_TRUE(becomes("deploy", "waiting", 1));
  ::kill(waiter, SIGHUP);
  end(holder);
  EXPECT_EQ(sandbox->wait_for(waiter), 4);
}

TEST_F(LockctlRunServed, ShowsItsWaitLiveAndCleansUp) {
  const pid_t holder = hold("deploy");
  wait_behind("deploy", "flock $L/deploy true");
  const Terminal terminal(*sandbox);
  terminal.type("lockctl run deploy -- echo got it");
  EXPECT_TRUE(terminal.shows("held by root (pid " + std::to_string(holder) + ") since "));
  EXPECT_TRUE(terminal.shows("\nwaiting for deploy, 2nd in the queue, since "));
  EXPECT_TRUE(terminal.shows("\n  behind root (pid "));
  EXPECT_TRUE(terminal.shows([](const std::string& screen) {
    return screen.find(" (0:") != std::string::npos && screen.find("(0:00)") == std::string::npos;
  }));
  end(holder);
  EXPECT_TRUE(terminal.shows("\ngot it\n%"));
  EXPECT_EQ(terminal.screen(), "% lockctl run deploy -- echo got it\ngot it\n%");
}

TEST_F(LockctlRunServed, CleansUpWhenItGivesUp) {
  hold("deploy");
  const Terminal terminal(*sandbox);
  terminal.type("lockctl run deploy -- true");
  ASSERT_TRUE(terminal.shows("held by root"));
  terminal.press("C-c");
  EXPECT_TRUE(becomes("deploy", "waiting", 0));
  terminal.type("echo gone $?");
  ASSERT_TRUE(terminal.shows("gone 130\n%"));
  EXPECT_THAT(terminal.screen(), Not(HasSubstr("held by")));
  terminal.type("clear; lockctl run -w 1 deploy -- true || echo gone $?");
  ASSERT_TRUE(terminal.shows("held by root"));
  EXPECT_TRUE(terminal.shows("gone 1\n%"));
  EXPECT_THAT(terminal.screen(), Not(HasSubstr("held by")));
}

TEST_F(LockctlRunServed, FitsATerminalThatBecomesNarrower) {
  const pid_t holder = hold("deploy");
  const Terminal terminal(*sandbox);
  terminal.type("lockctl run deploy -- echo got it");
  ASSERT_TRUE(terminal.shows("held by root"));
  terminal.resize(40, 24);
  EXPECT_TRUE(terminal.shows("1st in the queue...\n  held by root"));
  EXPECT_THAT(terminal.screen(), MatchesRegex("[^\n]*\n?waiting[^\n]*\n  held[^\n]*"));
  end(holder);
  EXPECT_TRUE(terminal.shows("got it\n%"));
  EXPECT_THAT(terminal.screen(), Not(HasSubstr("held")));
}

TEST_F(LockctlRunServed, DrawsNothingInTheBackground) {
  const pid_t holder = hold("deploy");
  const Terminal terminal(*sandbox);
  terminal.type("lockctl run deploy -- echo got it &");
  ASSERT_TRUE(terminal.shows("waiting for deploy (held by root, pid "));
  terminal.type("echo my own line");
  ASSERT_TRUE(terminal.shows("\nmy own line\n%"));
  end(holder);
  EXPECT_TRUE(terminal.shows("got it"));
}

TEST_F(LockctlRunServed, IsStoppedAndGoesOn) {
  const pid_t holder = hold("deploy");
  const Terminal terminal(*sandbox);
  terminal.type("lockctl run deploy -- echo got it");
  ASSERT_TRUE(terminal.shows("held by root"));
  terminal.press("C-z");
  ASSERT_TRUE(terminal.shows("Stopped"));
  terminal.type("clear; fg");
  EXPECT_TRUE(terminal.shows("lockctl run deploy -- echo got it\nwaiting for deploy, 1st in the "));
  end(holder);
  EXPECT_TRUE(terminal.shows("lockctl run deploy -- echo got it\ngot it\n%"));
}

TEST_F(LockctlRunServed, ATerminalGetsColoursUnlessNotWanted) {
  hold("deploy");
  const Terminal terminal(*sandbox, 200, 30);
  terminal.type("lockctl show deploy; echo done");
  ASSERT_TRUE(terminal.shows("\ndone\n%"));
  EXPECT_THAT(terminal.coloured_screen(), HasSubstr("\x1b[1mheld"));
  terminal.type("clear; NO_COLOR=1 lockctl show deploy; lockctl list --json; echo plain");
  ASSERT_TRUE(terminal.shows("\nplain\n%"));
  EXPECT_THAT(terminal.coloured_screen(), Not(HasSubstr("\x1b[")));
}

}  // namespace
}  // namespace lockfs::test
