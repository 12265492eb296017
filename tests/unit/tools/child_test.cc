// A command that loses its lock while it runs. (lockctl_run_test.cc has the rest.)
#include "tools/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "fs/descriptor.h"
#include "tests/unit/tools/lockctl_mount.h"

namespace lockfs {
namespace {

using std::chrono::milliseconds;

// The writing end of a pipe polls POLLERR once nobody can read it any more.
class LostLock : public ::testing::Test {
 protected:
  LostLock() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    reader_ = Descriptor(ends[0]);
    writer_ = Descriptor(ends[1]);
    watch_.fd = writer_.get();
    watch_.on_loss = [this] { ++told_; };
  }

  // The command loses it as soon as it makes the file "ready".
  ChildEnd run(const std::string& script) {
    std::thread other([this] {
      while (!std::filesystem::exists(folder_.path("ready"))) {
        std::this_thread::sleep_for(milliseconds(2));
      }
      reader_.reset();
    });
    const auto end = run_child({"sh", "-c", script}, {"D=" + folder_.path()}, watch_);
    other.join();
    return end.value();
  }
  // How many of the processes whose ids stand in the file have not ended.
  int alive(const std::string& file) const {
    std::istringstream pids(folder_.read(file));
    int number = 0;
    for (std::string pid; pids >> pid;) {
      std::ifstream stat("/proc/" + pid + "/stat");
      std::string text;
      std::getline(stat, text);
      number += !text.empty() && text.find(") Z ") == std::string::npos ? 1 : 0;
    }
    return number;
  }

  const FakeMount folder_;
  Descriptor reader_;
  Descriptor writer_;
  LossWatch watch_;
  int told_ = 0;
};

constexpr char wait_on[] = "touch $D/ready; while :; do sleep 0.01; done";

TEST_F(LostLock, IsNotWhatEveryCommandHas) {
  const auto end = run_child({"true"}, {}, watch_).value();
  EXPECT_EQ(end.status, 0);
  EXPECT_FALSE(end.lost_lock);
  EXPECT_EQ(told_, 0);
}

TEST_F(LostLock, EndsTheCommand) {
  const auto end = run(wait_on);
  EXPECT_TRUE(end.lost_lock);
  EXPECT_EQ(end.status, 128 + SIGTERM);
  EXPECT_EQ(told_, 1);
}

TEST_F(LostLock, GivesTheCommandTheSignalAskedFor) {
  watch_.signal = SIGUSR1;
  const auto end = run(std::string("trap 'exit 9' USR1; ") + wait_on);
  EXPECT_TRUE(end.lost_lock);
  EXPECT_EQ(end.status, 9);
}

TEST_F(LostLock, KillsACommandThatDoesNotEnd) {
  watch_.grace = milliseconds(20);
  const auto end = run(std::string("trap '' TERM; ") + wait_on);
  EXPECT_TRUE(end.lost_lock);
  EXPECT_EQ(end.status, 128 + SIGKILL);
}

TEST_F(LostLock, EndsWhatTheCommandStarted) {
  const auto end =
      run("sh -c 'echo $$ > $D/child; sleep 1000; true' & while ! test -s $D/child; do sleep 0.01; "
          "done; touch $D/ready; wait");
  EXPECT_EQ(end.status, 128 + SIGTERM);
  EXPECT_EQ(alive("child"), 0);
}

TEST_F(LostLock, KillsWhatTheCommandStartedAndThatDoesNotEnd) {
  watch_.grace = milliseconds(20);
  const auto end = run(
      "sh -c 'trap \"\" TERM; echo $$ > $D/child; while :; do sleep 0.01; done' & while ! test -s "
      "$D/child; do sleep 0.01; done; touch $D/ready; wait");
  EXPECT_EQ(end.status, 128 + SIGTERM);
  EXPECT_EQ(alive("child"), 0);
}

TEST_F(LostLock, EndsWhatTheCommandIsJustStarting) {
  const auto end =
      run("touch $D/ready; i=0; while test $i -lt 300; do i=$((i + 1)); sleep 1000 & echo $! >> "
          "$D/children; done; sleep 1000; true");
  EXPECT_EQ(end.status, 128 + SIGTERM);
  EXPECT_EQ(alive("children"), 0);
}

TEST_F(LostLock, WakesACommandThatIsStopped) {
  EXPECT_EQ(run("touch $D/ready; kill -STOP $$; exit 3").status, 128 + SIGTERM);
}

TEST_F(LostLock, LetsTheCommandBeIfAskedTo) {
  watch_.signal = 0;
  watch_.on_loss = [this] { folder_.write("lost", ""); };
  const auto end = run("touch $D/ready; while ! test -e $D/lost; do sleep 0.01; done; exit 4");
  EXPECT_TRUE(end.lost_lock);
  EXPECT_EQ(end.status, 4);
}

}  // namespace
}  // namespace lockfs
