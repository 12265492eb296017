// poll(2) on a lock's descriptor: POLLPRI while somebody waits for what it holds, POLLERR once it
// lost its lock, and whoever waits in poll(2) is woken, also by a successor.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/file.h>

#include <future>

#include "fs/descriptor.h"
#include "tests/e2e/gives.h"
#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

constexpr int limit_ms = 60'000;

// What poll(2) says, now or after a wait.
int polled(int fd, short events, int timeout_ms) {
  pollfd source{fd, events, 0};
  return ::poll(&source, 1, timeout_ms) < 0 ? -1 : source.revents;
}

class Poll : public MountTest {
 protected:
  void SetUp() override { mount("[a]\n[b]\n[board]\naddress = x\naddress = y\n"); }
  Descriptor open(const std::string& name) {
    return Descriptor(::open(sandbox->path(name).c_str(), O_RDWR | O_CLOEXEC));
  }
  // Somebody in poll(2), waiting for these events.
  std::future<int> poller(int fd, short events) {
    auto waits = std::async(std::launch::async, polled, fd, events, limit_ms);
    EXPECT_EQ(waits.wait_for(std::chrono::milliseconds(0)), std::future_status::timeout);
    return waits;
  }
};

TEST_F(Poll, ReadingAndWritingAreAlwaysPossible) {
  for (const char* name : {"a", "status", ".ctl", ".hold/b"}) {
    const Descriptor fd(::open(sandbox->path(name).c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(fd) << name;
    EXPECT_EQ(polled(fd.get(), POLLIN | POLLOUT | POLLPRI, 0), POLLIN | POLLOUT) << name;
    EXPECT_EQ(polled(fd.get(), POLLPRI, 0), 0) << name;
  }
}

TEST_F(Poll, TellsThatSomebodyWaits) {
  const auto fd = open("a");
  ASSERT_EQ(::flock(fd.get(), LOCK_EX), 0);
  auto woken = poller(fd.get(), POLLPRI);
  const pid_t waiter = wait_behind("a", "next");
  EXPECT_EQ(woken.get(), POLLPRI);
  EXPECT_EQ(polled(fd.get(), POLLIN | POLLPRI, 0), POLLIN | POLLPRI);
  ::flock(fd.get(), LOCK_UN);
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
  EXPECT_EQ(polled(fd.get(), POLLPRI, 0), 0);
}

TEST_F(Poll, OfABoardItIsTheLastUnitThatIsWanted) {
  const auto fd = open("board");
  ASSERT_EQ(::flock(fd.get(), LOCK_EX), 0);
  const auto hold_fd = open(".hold/board");
  EXPECT_EQ(polled(fd.get(), POLLPRI, 0), 0);
  auto woken = poller(hold_fd.get(), POLLPRI);
  const pid_t waiter = wait_behind("board@y", "for_y");
  EXPECT_EQ(woken.get(), POLLPRI);
  EXPECT_EQ(polled(fd.get(), POLLPRI, 0), 0) << "y is picked, this is x";
  end(waiter);
  EXPECT_TRUE(wait_until([&] { return polled(hold_fd.get(), POLLPRI, 0) == 0; }));
}

TEST_F(Poll, TellsThatTheLockIsLostUntilItIsLockedAgain) {
  const auto fd = open("a");
  ASSERT_EQ(::flock(fd.get(), LOCK_EX), 0);
  auto woken = poller(fd.get(), 0);
  EXPECT_EQ(sh("echo break a > $L/.ctl").status, 0);
  EXPECT_EQ(woken.get(), POLLERR);
  EXPECT_EQ(::flock(fd.get(), LOCK_UN), 0);
  EXPECT_EQ(polled(fd.get(), POLLIN, 0), POLLIN | POLLERR);
  ASSERT_EQ(::flock(fd.get(), LOCK_EX), 0);
  EXPECT_EQ(polled(fd.get(), POLLIN, 0), POLLIN);
  auto again = poller(fd.get(), 0);
  EXPECT_EQ(sh("echo break a > $L/.ctl").status, 0);
  EXPECT_EQ(again.get(), POLLERR);
}

TEST_F(Poll, ADescriptorOpenedToHoldTellsItToo) {
  const auto fd = open(".hold/a+b");
  ASSERT_TRUE(fd);
  auto woken = poller(fd.get(), 0);
  EXPECT_EQ(sh("echo break b > $L/.ctl").status, 0);
  EXPECT_EQ(woken.get(), POLLERR);
}

TEST_F(Poll, ASuccessorWakesWhoPolls) {
  const auto lost = open("a");
  const auto wanted = open("b");
  ASSERT_EQ(::flock(lost.get(), LOCK_EX), 0);
  ASSERT_EQ(::flock(wanted.get(), LOCK_EX), 0);
  auto told_lost = poller(lost.get(), 0);
  auto told_wanted = poller(wanted.get(), POLLPRI);
  // Both are in the kernel's hands before the worker goes.
  EXPECT_EQ(polled(lost.get(), POLLIN, 0), POLLIN);
  sandbox->kill(sandbox->worker());
  EXPECT_EQ(sh("echo break a > $L/.ctl").status, 0);
  EXPECT_EQ(told_lost.get(), POLLERR);
  const pid_t waiter = wait_behind("b", "waits");
  EXPECT_EQ(told_wanted.get(), POLLPRI);
  end(waiter);
}

TEST_F(Poll, WhatIsToldAtTheCrashIsToldAgain) {
  const auto fd = open("a");
  ASSERT_EQ(::flock(fd.get(), LOCK_EX), 0);
  auto woken = poller(fd.get(), 0);
  EXPECT_EQ(polled(fd.get(), POLLIN, 0), POLLIN);
  sandbox->plant("after_append kill");
  EXPECT_EQ(sh("echo break a > $L/.ctl").status, 0);
  EXPECT_EQ(woken.get(), POLLERR);
  EXPECT_FALSE(sandbox->fault_is_planted());
}

TEST_F(Poll, PythonSeesIt) {
  if (sh("command -v python3").status != 0) GTEST_SKIP() << "there is no python3 here";
  const Ran ran = sh(R"(exec python3 - "$L" <<'END'
import fcntl, select, subprocess, sys
a = open(sys.argv[1] + "/a", "r+")
fcntl.flock(a, fcntl.LOCK_EX)
p = select.poll()
p.register(a, select.POLLPRI)
print(p.poll(0))
subprocess.run(["sh", "-c", "echo break a > " + sys.argv[1] + "/.ctl"])
print([event for fd, event in p.poll(60000)] == [select.POLLERR])
END)");
  EXPECT_THAT(ran, Gives(0, "[]\nTrue\n"));
}

TEST_F(Poll, LockctlEndsItsCommand) {
  const pid_t runs =
      sandbox->start_sh(std::string("exec ") + LOCKCTL_PROGRAM + " --mount $L run a -- sleep 1000");
  ASSERT_TRUE(wait_until([&] { return sh("awk 'NR > 1 {print $3}' $L/a").out == "held\n"; }));
  EXPECT_EQ(sh("echo break a > $L/.ctl").status, 0);
  EXPECT_NE(sandbox->wait_for(runs), 0);
}

}  // namespace
}  // namespace lockfs::test
