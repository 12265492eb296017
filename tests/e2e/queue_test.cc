// Who gets a lock when: order, pools, killed and stopped waiters.
#include <signal.h>

#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

constexpr const char* queue_config =
    "[board]\naddress = 10.0.0.1\naddress = 10.0.0.2\naddress = 10.0.0.3\n[deploy]\n[other]\n";

class Queue : public MountTest {
 protected:
  void SetUp() override { mount(queue_config); }
  std::string order() { return sh("cat $D/order").out; }
  void wait_for_order(const std::string& expected) {
    EXPECT_TRUE(wait_until([&] { return order() == expected; })) << order() << sandbox->status();
  }
};

TEST_F(Queue, FirstComeFirstServed) {
  const pid_t holder = hold("deploy");
  for (const char* name : {"one", "two", "three", "four"}) wait_behind("deploy", name);
  end(holder);
  wait_for_order("one\ntwo\nthree\nfour\n");
}

TEST_F(Queue, ReadersDoNotOvertakeAWriter) {
  const pid_t reader = hold("deploy", "-s");
  wait_behind("deploy", "writer");
  wait_behind("deploy", "reader", "-s");
  EXPECT_EQ(sh("flock -s -n $L/deploy true").status, 1);
  end(reader);
  wait_for_order("writer\nreader\n");
}

TEST_F(Queue, EachHolderOfABoardHasAnAddressOfItsOwn) {
  for (int i = 0; i < 3; ++i) hold("board");
  EXPECT_EQ(sh("awk '/ held / {print $2}' $L/board | sort -u | wc -l").out, "3\n");
  EXPECT_EQ(sh("flock -n $L/board true").status, 1);
}

TEST_F(Queue, TheUnitReleasedLongestAgoComesFirst) {
  EXPECT_EQ(sh("for i in 1 2 3 4; do flock $L/board cat $L/.mine/board; done").out,
            "10.0.0.1\n10.0.0.2\n10.0.0.3\n10.0.0.1\n");
}

TEST_F(Queue, AKilledHolderReleases) {
  const pid_t holder = hold("deploy");
  const pid_t waiter = wait_behind("deploy", "next");
  end(holder);
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
}

TEST_F(Queue, AKilledWaiterLeavesTheQueue) {
  const pid_t holder = hold("deploy");
  const pid_t waiter = wait_behind("deploy", "killed");
  wait_behind("deploy", "next");
  end(waiter);
  EXPECT_TRUE(wait_until([&] { return !sandbox->status_has("echo killed"); }));
  end(holder);
  wait_for_order("next\n");
}

TEST_F(Queue, CtrlCEndsAWait) {
  hold("deploy");
  const pid_t waiter = wait_behind("deploy", "interrupted");
  ::kill(waiter, SIGINT);
  EXPECT_EQ(sandbox->wait_for(waiter), 128 + SIGINT);
  EXPECT_TRUE(wait_until([&] { return !sandbox->status_has(" waiting "); }));
}

TEST_F(Queue, AStoppedWaiterKeepsItsPlaceAndHoldsNobodyUp) {
  const pid_t holder = hold("deploy");
  const pid_t first = wait_behind("deploy", "first");
  wait_behind("deploy", "second");
  ::kill(first, SIGSTOP);
  ASSERT_TRUE(wait_until([&] { return !sandbox->status_has("echo first"); }));
  ::kill(first, SIGCONT);
  ASSERT_TRUE(wait_until([&] { return sandbox->status_has("echo first"); }));
  EXPECT_EQ(sh("grep waiting $L/deploy | head -1 | grep -c 'echo first'").out, "1\n");
  end(holder);
  wait_for_order("first\nsecond\n");
}

TEST_F(Queue, AStoppedWaiterIsPassedOver) {
  const pid_t holder = hold("deploy");
  const pid_t first = wait_behind("deploy", "first");
  const pid_t second = wait_behind("deploy", "second");
  ::kill(first, SIGSTOP);
  ASSERT_TRUE(wait_until([&] { return !sandbox->status_has("echo first"); }));
  end(holder);
  EXPECT_EQ(sandbox->wait_for(second), 0);
  ::kill(first, SIGCONT);
  EXPECT_EQ(sandbox->wait_for(first), 0);
}

TEST_F(Queue, WaitingHoldsUpNobodyElse) {
  hold("deploy");
  wait_behind("deploy", "waits");
  EXPECT_EQ(sh("ls -l $L && stat $L/deploy && flock -n $L/other true && cat $L/deploy && "
               "flock -n $L/new_one true")
                .status,
            0);
}

TEST_F(Queue, TheLockGoesWithTheLastDescriptor) {
  const pid_t pid =
      sandbox->start_sh("exec 9<$L/deploy; flock 9; sleep 1000 & echo ready > $D/ready; exit");
  EXPECT_EQ(sandbox->wait_for(pid), 0);
  EXPECT_EQ(sh("flock -n $L/deploy true").status, 1) << "the child has it still";
  end(pid);  // the group, so the child
  EXPECT_EQ(sh("flock -w 20 $L/deploy true").status, 0);
}

}  // namespace
}  // namespace lockfs::test
