// Sharers, conversions, units and tokens: what several holders of one lock see of each other.
#include <signal.h>

#include "tests/e2e/served_test.h"

namespace lockfs::test {
namespace {

class Sharing : public ServedTest {
 protected:
  // A shell with the lock on descriptor 9 that does the rest once $D/go is there.
  pid_t hold_and_then(const std::string& how, const std::string& rest) {
    return sandbox->start_sh("exec 9<$L/deploy; flock " + how +
                             " 9; until test -e $D/go; do sleep 0.02; done; " + rest +
                             "; sleep 1000");
  }
  void go() { sh("touch $D/go"); }
  std::string token(const std::string& name) {
    return sh("awk '$3 == \"held\" { print $10 }' $L/" + name).out;
  }
};

TEST_F(Sharing, ReadersThatWaitTogetherGoTogether) {
  const pid_t writer = hold("deploy");
  for (int i = 0; i < 3; ++i) sandbox->start_sh("exec flock -s $L/deploy sleep 1000");
  EXPECT_TRUE(becomes("deploy", "waiting", 3));
  end(writer);
  EXPECT_TRUE(becomes("deploy", "held", 3));
  EXPECT_EQ(count("deploy", "waiting"), 0);
}

TEST_F(Sharing, SharersOfABoardHaveOneUnit) {
  hold("burchtest", "-s");
  hold("burchtest", "-s");
  EXPECT_EQ(sh("awk '$3 == \"held\" { print $2 }' $L/burchtest | sort -u | wc -l").out, "1\n");
  EXPECT_EQ(count("burchtest", "free"), 2);
  EXPECT_EQ(sh("flock -n $L/burchtest flock -n $L/burchtest true").status, 0);
}

TEST_F(Sharing, TheFourthGetsTheUnitThatComesFree) {
  hold("burchtest");
  const pid_t second = hold("burchtest");
  hold("burchtest");
  const pid_t waiter =
      sandbox->start_sh("exec flock $L/burchtest sh -c 'cat $L/.mine/burchtest > $D/got'");
  ASSERT_TRUE(becomes("burchtest", "waiting", 1));
  const std::string expected =
      sh("awk '$7 == " + std::to_string(second) + " { print $2 }' $L/burchtest").out;
  end(second);
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
  EXPECT_EQ(sh("cat $D/got").out, expected);
}

TEST_F(Sharing, ADowngradeLetsReadersIn) {
  hold_and_then("-x", "flock -s 9");
  ASSERT_TRUE(becomes("deploy", "held", 1));
  const pid_t reader = wait_behind("deploy", "reader", "-s");
  go();
  EXPECT_EQ(sandbox->wait_for(reader), 0);
  EXPECT_EQ(sh("flock -n $L/deploy true").status, 1);
}

TEST_F(Sharing, AnUpgradeWaitsForTheOtherSharers) {
  const pid_t other = hold("deploy", "-s");
  hold_and_then("-s", "flock -x 9; echo done > $D/upgraded");
  ASSERT_TRUE(becomes("deploy", "held", 2));
  go();
  ASSERT_TRUE(becomes("deploy", "waiting", 1));
  EXPECT_EQ(count("deploy", "held"), 1);
  end(other);
  EXPECT_TRUE(wait_until([&] { return sh("test -e $D/upgraded").status == 0; }));
  EXPECT_EQ(sh("awk '$3 == \"held\" { print $4 }' $L/deploy").out, "ex\n");
}

TEST_F(Sharing, UnlockingAnOpenDescriptorLetsTheNextOneIn) {
  hold_and_then("-x", "flock -u 9");
  ASSERT_TRUE(becomes("deploy", "held", 1));
  const pid_t next = wait_behind("deploy", "next");
  go();
  EXPECT_EQ(sandbox->wait_for(next), 0);
}

TEST_F(Sharing, AChildUnlocksForAll) {
  EXPECT_THAT(sh("exec 9>$L/deploy; flock 9; ( flock -u 9 ); flock -n $L/deploy echo free"),
              Gives(0, "free\n"));
}

TEST_F(Sharing, ADuplicateKeepsTheLock) {
  EXPECT_THAT(sh("exec 9>$L/deploy; flock 9; exec 8>&9 9>&-; flock -n $L/deploy true; echo $?; "
                 "exec 8>&-; flock -n $L/deploy true; echo $?"),
              Gives(0, "1\n0\n"));
}

TEST_F(Sharing, LockingAgainKeepsTheToken) {
  EXPECT_THAT(
      sh("t() { awk '$3 == \"held\" { print $10 }' $L/deploy; }; exec 9<$L/deploy; flock 9; "
         "a=$(t); flock 9; flock -n 9; test $a = $(t)"),
      Gives(0, ""));
}

TEST_F(Sharing, TokensGrowOverAllLocks) {
  EXPECT_THAT(sh("for name in deploy burchtest deploy licence fresh deploy; do "
                 "flock $L/$name awk '$3 == \"held\" { print $10 }' $L/$name; done | sort -cnu"),
              Gives(0, ""));
}

TEST_F(Sharing, OneMayHoldSeveralUnits) {
  EXPECT_THAT(sh("flock $L/licence flock $L/licence sort $L/.mine/licence"), Gives(0, "1\n2\n"));
  EXPECT_THAT(sh("flock $L/licence flock $L/licence flock -n $L/licence true"), Gives(1, ""));
}

TEST_F(Sharing, WithoutForkTheCommandItselfIsTheHolder) {
  EXPECT_THAT(sh("flock -F $L/deploy sh -c 'awk \"\\$3 == \\\"held\\\" { print \\$7 == $$, \\$12 "
                 "}\" $L/deploy'"),
              Gives(0, "1 sh\n"));
}

TEST_F(Sharing, ClosedForTheCommandAndHeldByFlock) {
  EXPECT_THAT(sh("flock -o $L/deploy sh -c 'ls -l /proc/self/fd | grep -c $L/deploy; "
                 "flock -n $L/deploy true; echo $?'"),
              Gives(0, "0\n1\n"));
}

TEST_F(Sharing, ManyWaitersKilledAtOnceLeaveNothingBehind) {
  const pid_t holder = hold("deploy");
  const pid_t crowd =
      sandbox->start_sh("for i in $(seq 40); do flock $L/deploy sleep 1000 & done; wait");
  ASSERT_TRUE(becomes("deploy", "waiting", 40));
  end(crowd);
  EXPECT_TRUE(becomes("deploy", "waiting", 0));
  end(holder);
  EXPECT_THAT(sh("flock -w 20 $L/deploy echo in"), Gives(0, "in\n"));
}

TEST_F(Sharing, AnyDeadlySignalEndsAWait) {
  hold("deploy");
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGKILL}) {
    const pid_t waiter = sandbox->start_sh("ulimit -c 0; exec flock $L/deploy true");
    ASSERT_TRUE(becomes("deploy", "waiting", 1)) << number;
    ::kill(waiter, number);
    EXPECT_EQ(sandbox->wait_for(waiter), 128 + number);
    EXPECT_TRUE(becomes("deploy", "waiting", 0)) << number;
  }
}

// A handler that returns, and a wait that the kernel restarts: the place is kept.
TEST_F(Sharing, AHandledSignalDoesNotCostThePlace) {
  const pid_t holder = hold("deploy");
  const pid_t first = sandbox->start_sh(
      "exec perl -e 'use Fcntl \":flock\"; use POSIX; sigaction(SIGUSR1, POSIX::SigAction->new("
      "sub {}, POSIX::SigSet->new(), SA_RESTART)); open(my $f, \"<\", \"$ENV{L}/deploy\") or die; "
      "flock($f, LOCK_EX) or die $!; system(\"echo first >> $ENV{D}/order\")'");
  ASSERT_TRUE(becomes("deploy", "waiting", 1));
  const pid_t second = wait_behind("deploy", "second");
  for (int i = 0; i < 20; ++i) ::kill(first, SIGUSR1);
  EXPECT_TRUE(becomes("deploy", "waiting", 2));
  end(holder);
  EXPECT_EQ(sandbox->wait_for(first), 0);
  EXPECT_EQ(sandbox->wait_for(second), 0);
  EXPECT_EQ(sh("cat $D/order").out, "first\nsecond\n");
}

}  // namespace
}  // namespace lockfs::test
