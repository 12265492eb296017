// Nothing is lost: what can happen at a bad moment for a takeover.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/crash/killed_mount.h"
#include "tests/harness/locker.h"

namespace lockfs::test {
namespace {

LOCKFS_FOR_BOTH_KERNELS(Takeover);

// The worker dies when the kernel has the answer and before it has noted so; whoever opened the
// file is gone by then, but has left it to a child.
TEST_P(Takeover, AnInheritedOpenOutlivesItsOpener) {
  for (const char* file : {"deploy", "fresh"}) {
    sandbox->plant("before_note stop");
    const pid_t opener = sandbox->start_sh(std::string("exec 9<>$L/.hold/") + file +
                                           "; setsid sleep 1000 & echo $! > $D/child");
    wait_until_stopped();
    EXPECT_EQ(sandbox->wait_for(opener), 0);
    kill_worker();
    wait_for_both();
    EXPECT_TRUE(holds(1)) << sandbox->status();
    EXPECT_EQ(sandbox->sh("kill $(cat $D/child)").status, 0);
    expect_all_free();
  }
}

// It dies before it has sent the answer; the opener is killed when all was sent again, so that its
// request is not there any more when it is read. (An older kernel keeps it until it is answered.)
TEST_P(Takeover, AnOpenWhoseCallerWasKilledIsTakenBack) {
  if (!resends()) return;
  sandbox->plant("before_reply stop");
  const pid_t opener = sandbox->start_sh("exec 9<>$L/.hold/deploy; sleep 1000");
  wait_until_stopped();
  sandbox->plant("after_resend stop");
  kill_worker();
  wait_until_stopped();
  ::kill(-opener, SIGKILL);
  sandbox->wait_for(opener);
  ::kill(sandbox->worker(), SIGCONT);
  wait_for_both();
  expect_all_free();
}

TEST_P(Takeover, AWriteIsDoneOnceWhereverTheWorkerDies) {
  for (const char* point : {"before_append", "after_append", "before_reply", "before_note",
                            "after_reply", "handling"}) {
    sandbox->plant(std::string(point) + " kill");
    const Ran ran = sandbox->sh("printf 'create once\nremove once\ncreate once\n' > $L/.ctl");
    EXPECT_EQ(ran.status, 0) << point << ": " << ran.out;
    wait_for_both();
    EXPECT_EQ(sandbox->sh("ls $L | grep once").out, "once\n") << point;
    EXPECT_EQ(sandbox->sh("echo remove once > $L/.ctl").status, 0) << point;
  }
}

// The journal begins anew when it has grown enough.
TEST_P(Takeover, EverySnapshotPointLosesNothing) {
  const pid_t holder = sandbox->start_sh("exec 9<>$L/.hold/deploy; exec sleep 1000");
  ASSERT_TRUE(holds(1));
  Locker waiter;
  waiter.begin_flock(waiter.open(sandbox->path("deploy"), O_RDWR), LOCK_EX);
  ASSERT_TRUE(waits(1));
  Locker busy;
  const int fd = busy.open(sandbox->path("shared"), O_RDWR);
  for (const char* point : {"before_snapshot", "in_snapshot", "after_snapshot"}) {
    sandbox->plant(std::string(point) + " kill");
    for (int i = 0; i < 20'000 && sandbox->fault_is_planted(); ++i) {
      ASSERT_EQ(busy.flock(fd, LOCK_EX), 0);
      ASSERT_EQ(busy.fcntl(fd, F_SETLK, F_RDLCK, 0, 1 + i % 3), 0);
      ASSERT_EQ(busy.fcntl(fd, F_SETLK, F_UNLCK), 0);
      ASSERT_EQ(busy.flock(fd, LOCK_UN), 0);
    }
    EXPECT_FALSE(sandbox->fault_is_planted()) << point;
    wait_for_both();
    EXPECT_TRUE(holds(1) && waits(1)) << point << sandbox->status();
  }
  ::kill(-holder, SIGKILL);
  EXPECT_EQ(waiter.end(), 0);
}

// A worker that is stopped keeps everybody waiting, and nothing more.
TEST_P(Takeover, AStoppedWorkerLosesNothing) {
  const pid_t holder = sandbox->start_sh("exec flock $L/deploy sleep 1000");
  ASSERT_TRUE(holds(1));
  const pid_t waiter = sandbox->start_sh("exec flock $L/deploy true");
  ASSERT_TRUE(waits(1));
  const pid_t worker = sandbox->worker();
  ::kill(worker, SIGSTOP);
  ASSERT_TRUE(wait_until([&] { return is_stopped(worker); }));
  const pid_t late = sandbox->start_sh("exec flock $L/deploy true");
  ::kill(-holder, SIGKILL);
  kill_keeper();
  ::kill(worker, SIGCONT);
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
  EXPECT_EQ(sandbox->wait_for(late), 0);
  wait_for_both();
  expect_all_free();
}

// What the keeper passed on to a worker that then died, the next one does.
TEST_P(Takeover, ASignalOutlivesTheWorkerThatHadIt) {
  const auto signal_to_a_dying_worker = [&](int number) {
    pid_t keeper = 0;  // not there while it becomes that of the new program
    pid_t worker = 0;
    ASSERT_TRUE(wait_until([&] {
      keeper = sandbox->keeper();
      worker = sandbox->worker();
      return keeper != 0 && worker != 0;
    }));
    ::kill(worker, SIGSTOP);
    ASSERT_TRUE(wait_until([&] { return is_stopped(worker); }));
    ::kill(keeper, number);
    ASSERT_TRUE(wait_until([&] { return !has_pending(keeper, number); }));
    sandbox->kill(worker);
  };
  sandbox->write_config("[another]\n");
  signal_to_a_dying_worker(SIGHUP);
  EXPECT_TRUE(wait_until([&] { return sandbox->sh("ls $L").out.starts_with("another\n"); }));
  wait_for_both();
  signal_to_a_dying_worker(SIGUSR1);
  EXPECT_TRUE(sandbox->logs(" took over"));
  wait_for_both();
  const pid_t holder = sandbox->start_sh("exec flock $L/another sleep 1000");
  ASSERT_TRUE(holds(1));
  signal_to_a_dying_worker(SIGTERM);
  ASSERT_TRUE(sandbox->logs("stopping: "));
  EXPECT_TRUE(holds(1)) << "it is one signal, not two";
  ::kill(-holder, SIGKILL);
  EXPECT_EQ(sandbox->wait_for_daemon(), 0);
}

// It is the waiter that cannot be handled, then.
TEST_P(Takeover, AnInterruptThatKillsItsHandlerTwiceEndsTheWait) {
  sandbox->start_sh("exec flock $L/deploy sleep 1000");
  ASSERT_TRUE(holds(1));
  Locker waiter;
  waiter.begin_flock(waiter.open(sandbox->path("deploy"), O_RDWR), LOCK_EX);
  ASSERT_TRUE(waits(1));
  sandbox->plant("handling_interrupt abort again");
  waiter.interrupt(false);
  EXPECT_EQ(waiter.end(), EREMOTEIO);
  sandbox->plant("nowhere kill");
  wait_for_both();
  EXPECT_TRUE(holds(1) && waits(0)) << sandbox->status();
}

// The keeper and the old worker are killed while a successor waits for its turn. It goes on, and so
// does the worker that the next keeper starts; one of them gives way, and takes its keeper along.
TEST_P(Takeover, TwoThatGoOnBecomeOne) {
  const pid_t holder = sandbox->start_sh("exec flock $L/deploy sleep 1000");
  ASSERT_TRUE(holds(1));
  const pid_t old_worker = sandbox->worker();
  sandbox->plant("before_ready stop");
  const pid_t upgrade = sandbox->start_sh("echo upgrade > $L/.ctl");
  ASSERT_TRUE(wait_until([&] { return !sandbox->fault_is_planted(); }));
  const auto stopped_one = [&](pid_t other) {
    for (const pid_t pid : sandbox->find_all("lockfs")) {
      if (pid != other && is_stopped(pid)) return pid;
    }
    return pid_t{0};
  };
  ASSERT_TRUE(wait_until([&] { return stopped_one(old_worker) != 0; }));
  const pid_t successor = stopped_one(old_worker);
  // The kernel has whoever is stopped go on when its parent, the keeper, dies.
  sandbox->plant("before_owning stop");
  kill_keeper();
  sandbox->wait_for(upgrade);
  ASSERT_TRUE(wait_until([&] { return !sandbox->fault_is_planted() && is_stopped(successor); }));
  ASSERT_TRUE(wait_until([&] { return sandbox->keeper() != 0; }));
  const pid_t keeper = sandbox->keeper();
  ::kill(keeper, SIGSTOP);
  ASSERT_TRUE(wait_until([&] { return is_stopped(keeper); }));
  sandbox->kill(old_worker);
  ::kill(successor, SIGCONT);
  EXPECT_TRUE(holds(1));
  sandbox->plant("before_owning stop");
  ::kill(keeper, SIGCONT);
  ASSERT_TRUE(wait_until([&] { return stopped_one(successor) != 0; }));
  const pid_t other = stopped_one(successor);
  ASSERT_TRUE(wait_until([&] { return sandbox->find_all("lockfs-keeper").size() == 2; }));
  ::kill(other, SIGCONT);
  EXPECT_TRUE(wait_until([&] {
    return sandbox->find_all("lockfs") == std::vector{successor} &&
           sandbox->find_all("lockfs-keeper").size() == 1;
  }));
  EXPECT_TRUE(holds(1));
  kill_worker();
  EXPECT_TRUE(holds(1));
  ::kill(-holder, SIGKILL);
  expect_all_free();
}

// One after the other, in the order of the queue.
TEST_P(Takeover, AThousandWaitersOutliveUpgradeAndKill) {
  constexpr int count = 1000;
  const pid_t holder = sandbox->start_sh("exec flock $L/deploy sleep 1000");
  ASSERT_TRUE(holds(1));
  const pid_t waiters =
      sandbox->start_sh("for i in $(seq " + std::to_string(count) +
                        "); do flock $L/deploy echo $i >> $D/order & " + "done; wait");
  ASSERT_TRUE(waits(count));
  const std::string order = "awk '/ waiting / {print $7}' $L/deploy";
  const std::string before = sandbox->sh(order).out;
  EXPECT_EQ(sandbox->sh("echo upgrade > $L/.ctl; cat $L/.ctl").out,
            "ok the program on disk took over\n");
  EXPECT_EQ(sandbox->sh(order).out, before);
  const pid_t upgrade = sandbox->start_sh("echo upgrade > $L/.ctl");
  kill_worker();
  sandbox->wait_for(upgrade);  // done or not, as the kill fell
  wait_for_both();
  kill_keeper();
  wait_for_both();
  EXPECT_EQ(sandbox->sh(order).out, before);
  ::kill(-holder, SIGKILL);
  EXPECT_EQ(sandbox->wait_for(waiters), 0);
  EXPECT_EQ(sandbox->sh("wc -l < $D/order").out, std::to_string(count) + "\n");
  expect_all_free();
}

// A reload that is slow when the new program comes is done by the new one.
TEST_P(Takeover, AnUpgradeDuringAReloadLosesNeither) {
  const pid_t reload =
      sandbox->start_sh("for i in $(seq 20); do echo reload > $L/.ctl || exit 1; done");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(sandbox->sh("echo upgrade > $L/.ctl; cat $L/.ctl").status, 0);
  }
  EXPECT_EQ(sandbox->wait_for(reload), 0);
  wait_for_both();
}

}  // namespace
}  // namespace lockfs::test
