// The history's file: the same lines as .events, each once, over crashes and on a full disk.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "tests/e2e/gives.h"
#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

using nlohmann::json;

class HistoryOfAMount : public MountTest {
 protected:
  void start() {
    prepare("");
    if (!sandbox) return;
    file = sandbox->folder() + "/history.jsonl";
    sandbox->write_config("history = " + file + "\n[deploy]\n[licence]\nunits = 3\n");
    ASSERT_EQ(sandbox->start(), "");
  }
  std::vector<json> history() {
    std::vector<json> events;
    std::istringstream lines(sh("cat " + file).out);
    for (std::string line; std::getline(lines, line);) {
      events.push_back(json::parse(line, nullptr, false));
    }
    return events;
  }
  bool has(std::size_t count) {
    return wait_until([&] { return history().size() >= count; });
  }
  void expect_each_once() {
    std::uint64_t last = 0;
    for (const auto& event : history()) {
      ASSERT_FALSE(event.is_discarded());
      ASSERT_EQ(event["position"].get<std::uint64_t>(), ++last);
    }
  }
  void kill_worker() {
    const pid_t worker = sandbox->worker();
    sandbox->kill(worker);
    ASSERT_TRUE(wait_until([&] { return sandbox->has_another_worker(worker); }));
  }

  std::string file;
};

TEST_F(HistoryOfAMount, HasTheLinesOfTheEvents) {
  start();
  if (!sandbox) return;
  sh("flock $L/deploy true; echo 'create mine' > $L/.ctl");
  ASSERT_TRUE(has(5));
  const int fd = ::open(sandbox->path(".events").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_EQ(::lseek(fd, 1, SEEK_SET), 1);
  std::string text(100'000, '\0');
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(fd, text.data(), text.size()), 0)));
  ::close(fd);
  EXPECT_EQ(json::parse(text.substr(0, text.find('\n')))["history"], file);
  EXPECT_EQ(text.substr(text.find('\n') + 1), sh("cat " + file).out);
  EXPECT_EQ(history()[1]["event"], "granted");
  EXPECT_EQ(history()[4]["command"], "create mine");
  expect_each_once();
}

TEST_F(HistoryOfAMount, HasEachEventOnceOverKillsAndUpgrades) {
  start();
  if (!sandbox) return;
  for (int i = 0; i < 8; ++i) {
    sh("for i in 1 2 3 4 5; do flock $L/deploy true; done");
    if (i % 2 == 0) {
      kill_worker();
    } else {
      ASSERT_EQ(sh(LOCKCTL_PROGRAM " upgrade").status, 0);
    }
  }
  ASSERT_TRUE(has(80 + 9 + 4));
  expect_each_once();
}

TEST_F(HistoryOfAMount, IsCompleteWhenTheDaemonHasLeft) {
  start();
  if (!sandbox) return;
  sh("for i in 1 2 3 4 5; do flock $L/deploy true; done");
  // The close that lets go comes when the command is over.
  ASSERT_TRUE(wait_until([&] { return sh("grep -w held $L/deploy").status == 1; }));
  ::kill(sandbox->daemon(), SIGTERM);
  EXPECT_EQ(sandbox->wait_for_daemon(), 0);
  expect_each_once();
  EXPECT_EQ(history().size(), 12);
  EXPECT_EQ(history().back()["event"], "stopping");
}

TEST_F(HistoryOfAMount, AFullDiskStopsNoLock) {
  prepare("");
  if (!sandbox) return;
  if (sh("mkdir $D/disk && mount -t tmpfs -o size=16k none $D/disk").status != 0) {
    GTEST_SKIP() << "cannot mount a small disk";
  }
  file = sandbox->folder() + "/disk/history";
  sandbox->write_config("history = " + file + "\n[deploy]\n");
  ASSERT_EQ(sandbox->start(), "");
  sh("for i in $(seq 100); do flock $L/deploy true; done");
  EXPECT_TRUE(sandbox->logs("No space left on device"));
  EXPECT_EQ(sh("flock -n $L/deploy true").status, 0);
  sh("mount -o remount,size=4m $D/disk");
  EXPECT_TRUE(has(203));
  expect_each_once();
  EXPECT_TRUE(sandbox->logs("can be written again"));
  ::kill(sandbox->daemon(), SIGTERM);
  EXPECT_EQ(sandbox->wait_for_daemon(), 0);
  sh("umount $D/disk");
}

TEST_F(HistoryOfAMount, AFileThatCannotBeWrittenIsSaid) {
  prepare("history = /proc/none/history\n[deploy]\n");
  if (!sandbox) return;
  ASSERT_EQ(sandbox->start(), "");
  EXPECT_EQ(sh("flock -n $L/deploy true").status, 0);
  EXPECT_TRUE(sandbox->logs("history: Failed opening file /proc/none/history"));
}

}  // namespace
}  // namespace lockfs::test
