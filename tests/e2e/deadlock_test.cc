// Commands that wait for each other: found through the processes they descend from.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/gives.h"
#include "tests/harness/locker.h"
#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

class Deadlock : public MountTest {
 protected:
  void SetUp() override { mount("[a]\n[b]\n[c]\n[pool]\nunits = 2\n[strict]\ndeadlock = fail\n"); }

  // Holds `first` and, once told to go on, asks for `second`, with flock(1) in flock(1).
  pid_t nest(const std::string& first, const std::string& second, const std::string& name) {
    return begin(
        "flock $L/" + first + " sh -c '" + pause(name) + "exec flock $L/" + second + " true'",
        name);
  }
  // Starts a command that pauses once; returns when it does.
  pid_t begin(const std::string& command, const std::string& name) {
    const pid_t pid = sandbox->start_sh(command);
    EXPECT_TRUE(wait_until([&] { return sh("test -e $D/ready." + name).status == 0; }))
        << sandbox->status();
    return pid;
  }
  std::string pause(const std::string& name) const {
    const std::string folder = sandbox->folder();
    return "touch " + folder + "/ready." + name + "; while ! test -e " + folder + "/go." + name +
           "; do sleep 0.02; done; ";
  }
  void go_on(const std::string& name) { sh("touch $D/go." + name); }
  void go_on_and_wait(const std::string& name, const std::string& lock) {
    const auto count = [&] { return sh("grep -c ' waiting ' $L/" + lock).out; };
    const std::string before = count();
    go_on(name);
    EXPECT_TRUE(wait_until([&] { return count() != before; })) << sandbox->status();
  }

  // The locks at which somebody waits in a deadlock, in the order of the status.
  std::string deadlocked() {
    return sh("awk '$11 == \"deadlock\" {print $1}' $L/status | xargs").out;
  }
  bool is_deadlocked(const std::string& locks) {
    return wait_until([&] { return deadlocked() == locks + "\n"; });
  }
};

TEST_F(Deadlock, OfTwoCommandsIsShown) {
  const pid_t one = nest("a", "b", "one");
  const pid_t two = nest("b", "a", "two");
  go_on_and_wait("one", "b");
  go_on_and_wait("two", "a");
  EXPECT_TRUE(is_deadlocked("a b")) << sandbox->status();
  const auto json = nlohmann::json::parse(sh("cat $L/.json/a").out);
  ASSERT_EQ(json["waiters"].size(), 1U);
  const auto& others = json["waiters"][0]["deadlock"];
  ASSERT_EQ(others.size(), 1U) << json;
  EXPECT_EQ(others[0]["lock"], "b");
  const auto of_b = nlohmann::json::parse(sh("cat $L/.json/b").out);
  EXPECT_EQ(others[0]["pid"], of_b["waiters"][0]["pid"]);
  EXPECT_TRUE(sandbox->logs("waits for a in a circle, with ")) << sandbox->log();
  end(one);
  EXPECT_EQ(sandbox->wait_for(two), 0) << "the other one goes on";
  EXPECT_EQ(deadlocked(), "\n");
}

TEST_F(Deadlock, OfThreeIsShownAndWhoWaitsBehindItIsNot) {
  nest("a", "b", "one");
  nest("b", "c", "two");
  nest("c", "a", "three");
  for (const auto& [name, lock] : {std::pair("one", "b"), {"two", "c"}}) go_on_and_wait(name, lock);
  wait_behind("a", "behind");
  EXPECT_EQ(deadlocked(), "\n");
  go_on_and_wait("three", "a");
  EXPECT_TRUE(is_deadlocked("a b c")) << sandbox->status();
}

TEST_F(Deadlock, OfOneWithItself) {
  const pid_t pid = sandbox->start_sh("exec flock $L/a flock $L/a true");
  EXPECT_TRUE(is_deadlocked("a")) << sandbox->status();
  end(pid);
}

TEST_F(Deadlock, FailsWhereTheLockSaysSo) {
  EXPECT_THAT(sh("flock $L/strict flock $L/strict true"), FailsWith("deadlock"));
  const pid_t one = nest("strict", "b", "one");
  nest("b", "strict", "two");
  go_on_and_wait("one", "b");
  go_on("two");
  EXPECT_EQ(sandbox->wait_for(one), 0) << "the one who closes the circle fails, and lets go";
  EXPECT_TRUE(sandbox->logs("its request fails"));
}

TEST_F(Deadlock, AcrossSetsAndAlternatives) {
  nest("a+c", "b", "one");
  nest("b", "pool,c", "two");
  hold("pool");
  const pid_t free_later = hold("pool");
  go_on_and_wait("one", "b");
  go_on_and_wait("two", "c");
  // Whoever asks later is looked at later.
  const pid_t mark = sandbox->start_sh("exec flock $L/marked flock $L/marked true");
  EXPECT_TRUE(is_deadlocked("marked")) << "a unit of the pool may come free\n" << sandbox->status();
  end(mark);
  end(free_later);
  EXPECT_TRUE(wait_until([&] { return !sandbox->status_has(" waiting "); })) << sandbox->status();
}

TEST_F(Deadlock, OfProcessesThatUseFcntl) {
  Locker one;
  Locker two;
  const std::string strict = sandbox->path("strict");
  const std::string b = sandbox->path("b");
  ASSERT_EQ(one.fcntl(one.open(strict, O_RDWR), F_SETLK, F_WRLCK), 0);
  ASSERT_EQ(two.fcntl(two.open(b, O_RDWR), F_OFD_SETLK, F_WRLCK), 0);
  const int waiting = one.open(b, O_RDWR);
  one.begin_fcntl(waiting, F_SETLKW, F_WRLCK);
  EXPECT_EQ(two.fcntl(two.open(strict, O_RDWR), F_SETLKW, F_RDLCK), EDEADLK);
  two.kill();
  EXPECT_EQ(one.end(), 0);
}

TEST_F(Deadlock, OfThoseWhoOpenToHold) {
  begin("exec 9>$L/.hold/a; " + pause("one") + "exec 8>$L/.hold/strict", "one");
  const std::string refused = sandbox->folder() + "/refused";
  const pid_t two = begin("exec 9>$L/.hold/strict; " + pause("two") + "(exec 8>$L/.hold/a) 2> " +
                              refused + "; flock $L/b true",
                          "two");
  go_on_and_wait("two", "a");
  go_on("one");
  EXPECT_EQ(sandbox->wait_for(two), 0) << "the first one is refused, which ends a shell";
}

TEST_F(Deadlock, IsNoneWhileTheParentHoldsNothingInTheWay) {
  hold("a");
  begin("flock $L/b sh -c 'flock $L/a true & " + pause("parent") + "'", "parent");
  ASSERT_TRUE(wait_until([&] { return sandbox->status_has(" waiting "); }));
  const pid_t mark = sandbox->start_sh("exec flock $L/marked flock $L/marked true");
  EXPECT_TRUE(is_deadlocked("marked"));
  end(mark);
}

TEST_F(Deadlock, OutlivesTheWorker) {
  const pid_t one = nest("a", "b", "one");
  const pid_t two = nest("b", "a", "two");
  go_on_and_wait("one", "b");
  sandbox->kill(sandbox->worker());
  go_on_and_wait("two", "a");
  sandbox->kill(sandbox->worker());
  EXPECT_TRUE(is_deadlocked("a b")) << sandbox->status();
  const std::string before = sandbox->status();
  sandbox->kill(sandbox->worker());
  EXPECT_EQ(sandbox->status(), before);
  end(two);
  EXPECT_EQ(sandbox->wait_for(one), 0);
}

}  // namespace
}  // namespace lockfs::test
