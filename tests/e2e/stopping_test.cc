// Leaving: on signals, on umount, and by itself once nobody needs it. Holders are served meanwhile.
#include <signal.h>

#include <chrono>
#include <thread>

#include "tests/e2e/served_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

class Stopping : public ServedTest {
 protected:
  std::string config() const override {
    return "stop_timeout = 60\n[board]\naddress = 10.0.0.1\naddress = 10.0.0.2\n[deploy]\n";
  }
  void tell_to_stop(pid_t process, int number = SIGTERM) {
    ::kill(process, number);
    ASSERT_TRUE(sandbox->logs("stopping: ")) << sandbox->log();
  }
  void expect_left() {
    EXPECT_EQ(wait_for_end(), 0);
    EXPECT_FALSE(mounted());
    EXPECT_EQ(sandbox->worker(), 0);
  }
};

TEST_F(Stopping, AtOnceWhereNothingIsHeld) {
  ::kill(sandbox->daemon(), SIGTERM);
  expect_left();
}

TEST_F(Stopping, OnCtrlCToo) {
  ::kill(-sandbox->daemon(), SIGINT);
  expect_left();
}

// The terminal sends it to the whole process group.
TEST_F(Stopping, OneCtrlCIsOneSignal) {
  const pid_t holder = hold("deploy");
  ::kill(-sandbox->daemon(), SIGINT);
  ASSERT_TRUE(sandbox->logs("stopping: "));
  EXPECT_EQ(count("deploy", "held"), 1);
  end(holder);
  expect_left();
  EXPECT_THAT(sandbox->log(), testing::Not(HasSubstr("cut off")));
}

TEST_F(Stopping, ThroughEitherProcess) {
  const pid_t holder = hold("deploy");
  tell_to_stop(sandbox->worker());
  end(holder);
  expect_left();
}

TEST_F(Stopping, ServesHoldersAndRefusesNewcomers) {
  const pid_t holder = hold("board");
  const pid_t waiter = hold("deploy");
  const pid_t waiting = sandbox->start_sh("exec flock $L/deploy true 2>$D/words");
  ASSERT_TRUE(becomes("deploy", "waiting", 1));
  tell_to_stop(sandbox->daemon());

  EXPECT_GT(sandbox->wait_for(waiting), 0);
  EXPECT_THAT(sh("cat $D/words").out, HasSubstr("canceled"));
  for (const char* command : {"flock $L/board true", "flock -n $L/board true",
                              "flock -s $L/deploy true", "flock $L/fresh true"}) {
    EXPECT_THAT(sh(command), FailsWith("canceled")) << command;
  }
  EXPECT_EQ(count("status", "held"), 2);
  EXPECT_EQ(sh("ls $L && cat $L/.json/deploy $L/.ctl").status, 0);
  end(waiter);
  EXPECT_TRUE(becomes("status", "held", 1));
  EXPECT_TRUE(mounted());
  end(holder);
  expect_left();
}

TEST_F(Stopping, AHolderCanSeeWhatItHolds) {
  const pid_t holder = sandbox->start_sh(
      "exec 9<$L/deploy; flock 9; until test -e $D/go; do sleep 0.02; done; cat $L/.mine/deploy > "
      "$D/got");
  ASSERT_TRUE(becomes("deploy", "held", 1));
  tell_to_stop(sandbox->daemon());
  sh("touch $D/go");
  EXPECT_EQ(sandbox->wait_for(holder), 0);
  EXPECT_EQ(sh("cat $D/got").out, "deploy\n");
  expect_left();
}

TEST_F(Stopping, UmountSaysBusyWhileAnythingIsOpen) {
  const pid_t opener = sandbox->start_sh("exec 9<$L/deploy; touch $D/open; sleep 1000");
  ASSERT_TRUE(wait_until([&] { return sh("test -e $D/open").status == 0; }));
  EXPECT_THAT(sh("umount $L"), FailsWith("busy"));
  EXPECT_EQ(sh("flock -n $L/deploy true").status, 0);
  end(opener);
  EXPECT_TRUE(wait_until([&] { return sh("umount $L").status == 0; }));
  EXPECT_EQ(wait_for_end(), 0);
}

TEST_F(Stopping, ALazyUmountWaitsForTheLastOne) {
  const pid_t holder = sandbox->start_sh(
      "exec 9<$L/deploy; flock 9; touch $D/locked; until test -e $D/go; do sleep 0.02; done; "
      "flock -u 9 && flock 9");
  ASSERT_TRUE(wait_until([&] { return sh("test -e $D/locked").status == 0; }));
  EXPECT_EQ(sh("umount -l $L").status, 0);
  EXPECT_NE(sandbox->worker(), 0);
  sh("touch $D/go");
  EXPECT_EQ(sandbox->wait_for(holder), 0);
  EXPECT_EQ(wait_for_end(), 0);
}

class ShortStop : public Stopping {
 protected:
  std::string config() const override { return "stop_timeout = 1\n[deploy]\n"; }
};

TEST_F(ShortStop, CutsOffWhoHoldsTooLong) {
  hold("deploy");
  ::kill(sandbox->daemon(), SIGTERM);
  expect_left();
  EXPECT_TRUE(sandbox->logs("cut off: deploy deploy held by uid 0")) << sandbox->log();
}

TEST_F(Stopping, LeavesNothingToAServiceManagerThatIsNotThere) {
  hold("deploy");
  ::kill(sandbox->daemon(), SIGUSR2);
  EXPECT_TRUE(sandbox->logs("SIGUSR2 is ignored")) << sandbox->log();
  EXPECT_TRUE(sandbox->status_has(" held "));
}

class IdleTimeout : public Stopping {
 protected:
  void SetUp() override { mount(config(), {"--timeout", "3"}); }
};

// The time that the daemon is given to do the wrong thing is no matter of the machine's speed.
TEST_F(IdleTimeout, DoesNotRunWhileAFileIsOpen) {
  const pid_t holder = hold("deploy");
  std::this_thread::sleep_for(std::chrono::milliseconds(3500));
  EXPECT_TRUE(mounted());
  end(holder);
  expect_left();
  EXPECT_TRUE(sandbox->logs("nobody has had a file open for 3 s")) << sandbox->log();
}

}  // namespace
}  // namespace lockfs::test
