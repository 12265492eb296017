// lockfs under a service manager, of which there is a stand-in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "tests/e2e/stand_in_manager.h"
#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

class ServiceManagerTest : public MountTest {
 protected:
  void start(const std::string& program = LOCKFS_PROGRAM) {
    prepare("stop_timeout = 20\n[a]\n[b]\n");
    if (!sandbox) return;
    sandbox->program = program;
    manager = std::make_unique<Manager>(sandbox->folder());
    ASSERT_EQ(sandbox->start(), "");
    ASSERT_TRUE(manager->waits_for("READY=1"));
    ASSERT_TRUE(manager->keeps("lockfs-fuse"));
    ASSERT_TRUE(manager->keeps("lockfs-journal"));
    ASSERT_TRUE(manager->waits_for("FDNAME=lockfs-program", 2));  // the first: the old one goes
  }
  bool both_are_there() {
    return wait_until([&] { return sandbox->keeper() > 0 && sandbox->worker() > 0; });
  }
  void kill_both() {
    ASSERT_TRUE(both_are_there());
    sandbox->kill_together(sandbox->keeper(), sandbox->worker());
  }
  void start_again(const std::string& program = LOCKFS_PROGRAM) {
    const long ready = manager->heard("READY=1");
    sandbox->start_sh(manager->passing() + "exec " + program + " -f $D/lockfs.conf $L");
    ASSERT_TRUE(manager->waits_for("READY=1", ready + 1)) << sandbox->log();
  }
  // As the unit has it done for a restart.
  void put_by() {
    ::kill(sandbox->keeper(), SIGUSR2);
    ASSERT_EQ(sandbox->wait_for_daemon(), 0);
    ASSERT_TRUE(wait_until([&] { return sandbox->worker() == 0; }));
    ASSERT_TRUE(manager->keeps("lockfs-fuse"));
  }
  // One holds a, one waits for it; the status shows that.
  std::string hold_and_wait() {
    holder_ = hold("a");
    waiter_ = wait_behind("a", "next");
    return sandbox->status();
  }
  void expect_nothing_lost(const std::string& status) {
    EXPECT_EQ(sandbox->status(), status);
    EXPECT_EQ(sh("flock -n $L/a true").status, 1);
    end(holder_);
    EXPECT_EQ(sandbox->wait_for(waiter_), 0);
  }
  std::string executable(pid_t process) {
    return sh("readlink /proc/" + std::to_string(process) + "/exe").out;
  }

  std::unique_ptr<Manager> manager;

 private:
  pid_t holder_ = 0;
  pid_t waiter_ = 0;
};

TEST_F(ServiceManagerTest, IsToldWhatGoesOn) {
  start();
  if (!sandbox || HasFailure()) return;
  EXPECT_TRUE(manager->waits_for("WATCHDOG=1", 3));
  const long ready = manager->heard("READY=1");
  ::kill(sandbox->keeper(), SIGHUP);
  EXPECT_TRUE(manager->waits_for("RELOADING=1"));
  EXPECT_TRUE(manager->waits_for("READY=1", ready + 1));

  const pid_t old = sandbox->keeper();
  sandbox->kill(old);
  ASSERT_TRUE(wait_until([&] { return sandbox->keeper() != 0 && sandbox->keeper() != old; }));
  EXPECT_TRUE(manager->waits_for("MAINPID=" + std::to_string(sandbox->keeper())));

  sandbox->kill(sandbox->worker());
  EXPECT_TRUE(manager->waits_for("READY=1", ready + 2));
  EXPECT_TRUE(manager->waits_for("WATCHDOG=1", manager->heard("WATCHDOG=1") + 3));

  const pid_t holder = hold("a");
  ASSERT_TRUE(both_are_there());
  ::kill(sandbox->keeper(), SIGTERM);
  EXPECT_TRUE(manager->waits_for("STOPPING=1"));
  EXPECT_TRUE(manager->waits_for("EXTEND_TIMEOUT_USEC=35000000"));
  end(holder);
  EXPECT_TRUE(wait_until([&] { return sandbox->keeper() == 0 && sandbox->worker() == 0; }));
  EXPECT_FALSE(manager->keeps("lockfs-fuse"));
  EXPECT_FALSE(manager->keeps("lockfs-journal"));
}

TEST_F(ServiceManagerTest, NothingIsLostWhenBothAreKilled) {
  start();
  if (!sandbox || HasFailure()) return;
  const pid_t holder = hold("a");
  hold("b", "-s");
  wait_behind("a", "first");
  const pid_t killed = wait_behind("a", "second");
  wait_behind("a", "third");
  const std::string before = sh("grep -v 'echo second' $L/status").out;

  kill_both();
  end(killed);  // while nobody is there to notice
  start_again();
  EXPECT_TRUE(wait_until([&] { return !sandbox->status_has("echo second"); }));
  EXPECT_EQ(sandbox->status(), before);
  EXPECT_EQ(sh("flock -n $L/a true").status, 1);
  EXPECT_EQ(sh("flock -n $L/b true").status, 1);
  EXPECT_TRUE(sandbox->logs("going on with all locks")) << sandbox->log();

  end(holder);
  EXPECT_TRUE(wait_until([&] { return sh("cat $D/order").out == "first\nthird\n"; }));
}

TEST_F(ServiceManagerTest, NothingIsLostHoweverOften) {
  start();
  if (!sandbox || HasFailure()) return;
  hold("a");
  const std::string before = sandbox->status();
  for (int round = 0; round < 5; ++round) {
    kill_both();
    start_again();
    ASSERT_EQ(sandbox->status(), before) << round;
  }
}

TEST_F(ServiceManagerTest, AMountTakenAwayMeanwhileIsMadeAnew) {
  start();
  if (!sandbox || HasFailure()) return;
  kill_both();
  EXPECT_EQ(sh("umount -l $L").status, 0);
  start_again();
  EXPECT_TRUE(sandbox->logs("it was unmounted meanwhile: starting afresh")) << sandbox->log();
  EXPECT_EQ(sh("flock -n $L/a true").status, 0);
}

TEST_F(ServiceManagerTest, AnotherMountsDescriptorsAreNotTaken) {
  start();
  if (!sandbox || HasFailure()) return;
  hold("a");
  kill_both();
  const long ready = manager->heard("READY=1");
  EXPECT_EQ(sh("mkdir $D/mnt2").status, 0);
  sandbox->start_sh(manager->passing() + "exec " LOCKFS_PROGRAM " -f $D/lockfs.conf $D/mnt2");
  ASSERT_TRUE(manager->waits_for("READY=1", ready + 1)) << sandbox->log();
  EXPECT_TRUE(sandbox->logs("it is on " + sandbox->mount_point())) << sandbox->log();
  EXPECT_EQ(sh("flock -n $D/mnt2/a true").status, 0);
  EXPECT_EQ(sh("umount $D/mnt2").status, 0);
}

TEST_F(ServiceManagerTest, ARestartIsAnUpgrade) {
  start(LOCKFS_BEFORE_PROGRAM);
  if (!sandbox || HasFailure()) return;
  const std::string status = hold_and_wait();
  put_by();
  start_again();
  EXPECT_EQ(executable(sandbox->worker()), LOCKFS_PROGRAM "\n");
  expect_nothing_lost(status);
}

TEST_F(ServiceManagerTest, ARestartByAProgramThatCannotReadTheJournalIsNone) {
  start();
  if (!sandbox || HasFailure()) return;
  const std::string status = hold_and_wait();
  put_by();
  start_again(LOCKFS_BEFORE_PROGRAM);
  EXPECT_TRUE(sandbox->logs("the program that served the mount so far goes on")) << sandbox->log();
  EXPECT_EQ(executable(sandbox->worker()), LOCKFS_PROGRAM "\n");
  EXPECT_EQ(executable(sandbox->keeper()), LOCKFS_PROGRAM "\n");
  expect_nothing_lost(status);
}

TEST_F(ServiceManagerTest, ARestartDuringAnUpgradeIsOne) {
  start();
  if (!sandbox || HasFailure()) return;
  const std::string status = hold_and_wait();
  sandbox->plant("before_ready stop");
  ::kill(sandbox->keeper(), SIGUSR1);
  ASSERT_TRUE(wait_until([&] { return !sandbox->fault_is_planted(); }));
  put_by();
  start_again();
  expect_nothing_lost(status);
}

// Whatever the state of the worker.
TEST_F(ServiceManagerTest, ARestartDoesNotWaitForAWorkerThatHangs) {
  start();
  if (!sandbox || HasFailure()) return;
  const std::string status = hold_and_wait();
  const pid_t worker = sandbox->worker();
  ::kill(worker, SIGSTOP);
  ::kill(sandbox->keeper(), SIGUSR2);
  ASSERT_EQ(sandbox->wait_for_daemon(), 0);
  sandbox->kill(worker);  // what is left in the control group
  start_again();
  expect_nothing_lost(status);
}

// Only the loop that serves says that it does. The time that a worker is given to do the wrong
// thing is no matter of the machine's speed.
TEST_F(ServiceManagerTest, AWorkerThatHangsIsNotAlive) {
  start();
  if (!sandbox || HasFailure()) return;
  const std::string status = hold_and_wait();
  ASSERT_TRUE(manager->waits_for("WATCHDOG=1", 3));
  sandbox->plant("handling stop");
  sandbox->start_sh("exec cat $L/b");
  ASSERT_TRUE(wait_until([&] { return !sandbox->fault_is_planted(); }));
  const long alive = manager->heard("WATCHDOG=1");
  std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_LE(manager->heard("WATCHDOG=1"), alive + 1);  // one may have been on its way
  kill_both();
  start_again();
  expect_nothing_lost(status);
}

TEST_F(ServiceManagerTest, ARequestThatHangsItsHandlerTwiceIsRefused) {
  start();
  if (!sandbox || HasFailure()) return;
  sandbox->plant("handling_wait stop again");
  const pid_t client = sandbox->start_sh("exec flock $L/a true 2>$D/words");
  const auto hangs = [&] {
    const std::string stat = "/proc/" + std::to_string(sandbox->worker()) + "/stat";
    return sh("grep -q ') T ' " + stat).status == 0;
  };
  ASSERT_TRUE(wait_until(hangs));
  kill_both();
  sandbox->start_sh(manager->passing() + "exec " LOCKFS_PROGRAM " -f $D/lockfs.conf $L");
  ASSERT_TRUE(wait_until([&] { return sandbox->worker() > 0; }));
  ASSERT_TRUE(wait_until(hangs));
  kill_both();
  start_again();
  EXPECT_NE(sandbox->wait_for(client), 0);
  EXPECT_THAT(sh("cat $D/words").out, HasSubstr("Remote I/O error"));
}

TEST_F(ServiceManagerTest, GivingUpTakesTheMountDownAndSaysWhatWasHeld) {
  start();
  if (!sandbox || HasFailure()) return;
  const pid_t holder = hold("a");
  sandbox->plant("in_resume abort again");
  sandbox->kill(sandbox->worker());
  EXPECT_EQ(sandbox->wait_for_daemon(), 1);
  EXPECT_TRUE(sandbox->logs("died 10 times within 60 s (at last: signal 6)")) << sandbox->log();
  EXPECT_TRUE(sandbox->logs("cut off: a a held by uid 0, process " + std::to_string(holder)));
  EXPECT_EQ(sh("grep -q \" $L \" /proc/self/mountinfo").status, 1);
  for (const char* name : {"lockfs-fuse", "lockfs-journal", "lockfs-program"}) {
    EXPECT_FALSE(manager->keeps(name)) << name;
  }
}

}  // namespace
}  // namespace lockfs::test
