// max_hold and on_expiry: a hold that lasts too long is told of, broken, or broken once somebody
// waits, whichever way it was taken.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/file.h>

#include "fs/descriptor.h"
#include "tests/e2e/gives.h"
#include "tests/harness/door_client.h"
#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int limit_ms = 60'000;

class Expiry : public MountTest {
 protected:
  void SetUp() override {
    prepare("");
    if (!sandbox) return;
    door = sandbox->folder() + "/lockerd.sock";
    configure(
        "[watched]\nmax_hold = 1s\n[strict]\nmax_hold = 1s\non_expiry = break\n"
        "[polite]\nmax_hold = 1s\non_expiry = yield\n[free]\n");
    ASSERT_EQ(sandbox->start(), "");
  }
  void configure(const std::string& sections) {
    sandbox->write_config("history = " + sandbox->folder() + "/history\nlisten = " + door + "\n" +
                          sections);
  }
  Descriptor open(const std::string& name) {
    return Descriptor(::open(sandbox->path(name).c_str(), O_RDWR | O_CLOEXEC));
  }
  static bool is_lost(const Descriptor& fd) {
    pollfd source{fd.get(), 0, 0};
    return ::poll(&source, 1, limit_ms) == 1 && source.revents == POLLERR;
  }
  bool is_free(const std::string& name) {
    return wait_until([&] { return sh("flock -n $L/" + name + " true").status == 0; });
  }
  // How often it is in the history that this happened to a lock.
  std::string count(const std::string& event, const std::string& lock) {
    return sh("grep '\"event\":\"" + event + "\",\"lock\":\"" + lock + "\"' $D/history | wc -l")
        .out;
  }

  std::string door;
};

TEST_F(Expiry, IsToldOfOnceAndTheHoldStays) {
  hold("watched");
  EXPECT_TRUE(sandbox->logs("watched: overdue, token 1, which uid 0 holds")) << sandbox->log();
  EXPECT_TRUE(sandbox->logs("held longer than 1s")) << sandbox->log();
  EXPECT_TRUE(wait_until([&] { return count("overdue", "watched") == "1\n"; }));
  const pid_t worker = sandbox->worker();
  sandbox->kill(worker);
  ASSERT_TRUE(wait_until([&] { return sandbox->has_another_worker(worker); }));
  const auto later = open("strict");
  ASSERT_EQ(::flock(later.get(), LOCK_EX), 0);
  EXPECT_TRUE(is_lost(later));
  EXPECT_EQ(count("overdue", "watched"), "1\n");
  EXPECT_THAT(sh("flock -n $L/watched true"), Gives(1, ""));
}

TEST_F(Expiry, BreaksWhateverTookIt) {
  const auto by_flock = open("strict");
  ASSERT_EQ(::flock(by_flock.get(), LOCK_EX), 0);
  EXPECT_TRUE(is_lost(by_flock));
  const auto by_fcntl = open("strict");
  struct flock range {};
  range.l_type = F_WRLCK;
  ASSERT_EQ(::fcntl(by_fcntl.get(), F_SETLK, &range), 0);
  EXPECT_TRUE(is_lost(by_fcntl));
  const auto by_opening = open(".hold/strict");
  ASSERT_TRUE(by_opening);
  EXPECT_TRUE(is_lost(by_opening));
  const auto set = open("strict+free");
  ASSERT_EQ(::flock(set.get(), LOCK_EX), 0);
  EXPECT_TRUE(is_lost(set));
  EXPECT_THAT(sh("flock -n $L/strict+free echo had"), Gives(0, "had\n"));
  EXPECT_TRUE(wait_until([&] {  // flock(1) is gone before the kernel has told so
    return lockerd_request(door, "jane", "strict", "LOCK").find("locked 1") != std::string::npos;
  }));
  EXPECT_TRUE(is_free("strict"));
  EXPECT_TRUE(wait_until([&] { return std::stoi(count("broken", "strict")) >= 5; }));
  EXPECT_TRUE(sandbox->logs("by uid 0: held longer than 1s")) << sandbox->log();
}

TEST_F(Expiry, EndsWhatLockctlRuns) {
  const Ran ran = sh(LOCKCTL_PROGRAM " run strict -- sh -c 'sleep 1000; echo not ended'");
  EXPECT_EQ(ran.status, 76);
  EXPECT_THAT(ran.out, HasSubstr("held longer than 1s"));
  EXPECT_THAT(ran.out, Not(HasSubstr("not ended")));
}

TEST_F(Expiry, YieldsOnceSomebodyWaits) {
  const auto fd = open("polite");
  ASSERT_EQ(::flock(fd.get(), LOCK_EX), 0);
  const auto other = open("strict");
  ASSERT_EQ(::flock(other.get(), LOCK_EX), 0);
  EXPECT_TRUE(is_lost(other));  // so the time of the first one is over too
  EXPECT_THAT(sh("flock -n $L/polite true"), Gives(1, ""));
  EXPECT_THAT(sh("flock $L/polite echo had"), Gives(0, "had\n"));
  EXPECT_TRUE(is_lost(fd));
}

TEST_F(Expiry, YieldsToWhoWaitsAlready) {
  const auto fd = open("polite");
  ASSERT_EQ(::flock(fd.get(), LOCK_EX), 0);
  EXPECT_THAT(sh("flock $L/polite echo had"), Gives(0, "had\n"));
  EXPECT_TRUE(is_lost(fd));
}

TEST_F(Expiry, GoesOnOverACrashOfTheWorker) {
  const auto fd = open("strict");
  ASSERT_EQ(::flock(fd.get(), LOCK_EX), 0);
  sandbox->kill(sandbox->worker());
  EXPECT_TRUE(is_lost(fd));
  EXPECT_TRUE(is_free("strict"));
}

TEST_F(Expiry, AReloadCountsForWhoHoldsAlready) {
  const auto fd = open("free");
  ASSERT_EQ(::flock(fd.get(), LOCK_EX), 0);
  configure("[free]\nmax_hold = 1s\non_expiry = break\n");
  EXPECT_EQ(sh("echo reload > $L/.ctl").status, 0);
  EXPECT_TRUE(is_lost(fd));
}

}  // namespace
}  // namespace lockfs::test
