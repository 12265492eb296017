// Nothing is lost: the daemon's processes are killed, at random and at planted points, while
// clients lock and wait; and replaced by upgrades in between.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>

#include <cstdlib>
#include <functional>
#include <random>

#include "tests/crash/clients.h"
#include "tests/crash/killed_mount.h"
#include "tests/harness/locker.h"

namespace lockfs::test {
namespace {

LOCKFS_FOR_BOTH_KERNELS(Crash);

TEST_P(Crash, HolderAndWaitersOutliveTheWorker) {
  const pid_t holder = sandbox->start_sh("flock $L/deploy sleep 1000");
  ASSERT_TRUE(wait_until([&] { return sandbox->status_has(" held "); }));
  const pid_t first = sandbox->start_sh("flock $L/deploy sh -c 'echo first >> $0' " +
                                        sandbox->mount_point() + "/../log");
  ASSERT_TRUE(wait_until([&] { return sandbox->status_has("echo first"); }));
  const pid_t second = sandbox->start_sh("flock $L/deploy sh -c 'echo second >> $0' " +
                                         sandbox->mount_point() + "/../log");
  ASSERT_TRUE(wait_until([&] { return sandbox->status_has("echo second"); }));
  const std::string before = sandbox->status();
  kill_worker();
  EXPECT_EQ(sandbox->status(), before);
  EXPECT_EQ(sandbox->sh("flock -n $L/deploy true").status, 1);
  ::kill(-holder, SIGKILL);
  EXPECT_EQ(sandbox->wait_for(first), 0);
  EXPECT_EQ(sandbox->wait_for(second), 0);
  EXPECT_LT(sandbox->log().find("first\n"), sandbox->log().find("second\n"));
}

// fcntl(2): a reader that waits to write, one that waits in line, and a range unlocked since.
TEST_P(Crash, FcntlHoldersAndWaitersOutliveTheWorker) {
  Locker reader;
  Locker other;
  Locker writer;
  const int a = reader.open(sandbox->path("deploy"), O_RDWR);
  const int b = other.open(sandbox->path("deploy"), O_RDWR);
  const int c = writer.open(sandbox->path("deploy"), O_RDWR);
  ASSERT_EQ(reader.fcntl(a, F_SETLK, F_RDLCK, 0, 100), 0);
  ASSERT_EQ(reader.fcntl(a, F_SETLK, F_UNLCK, 10, 10), 0);
  ASSERT_EQ(other.fcntl(b, F_OFD_SETLK, F_RDLCK), 0);
  reader.begin_fcntl(a, F_SETLKW, F_WRLCK, 0, 1);
  ASSERT_TRUE(waits(1));
  writer.begin_fcntl(c, F_SETLKW, F_WRLCK);
  ASSERT_TRUE(waits(2));
  const std::string before = sandbox->status();
  kill_worker();
  EXPECT_EQ(sandbox->status(), before);
  EXPECT_EQ(other.close(b), 0);
  EXPECT_EQ(reader.end(), 0);
  kill_worker();
  EXPECT_EQ(reader.flock(a, LOCK_EX | LOCK_NB), 0) << "beside its own fcntl lock";
  kill_worker();
  EXPECT_EQ(reader.fcntl(a, F_SETLK, F_UNLCK, 0, 10), 0);
  EXPECT_EQ(reader.flock(a, LOCK_UN), 0);
  EXPECT_FALSE(writer.is_over());
  EXPECT_EQ(reader.fcntl(a, F_SETLK, F_UNLCK, 20, 80), 0);
  EXPECT_EQ(writer.end(), 0);
  writer.kill();
  reader.kill();
  expect_all_free();
}

TEST_P(Crash, EveryPlantedPointLosesNoFcntlLock) {
  for (const char* point :
       {"before_append", "after_append", "before_reply", "after_reply", "handling"}) {
    Locker one;
    const int a = one.open(sandbox->path("deploy"), O_RDWR);
    struct Step {
      std::function<int()> call;
      const char* holders;
    };
    const std::vector<Step> steps = {
        {[&] { return one.fcntl(a, F_SETLKW, F_RDLCK, 0, 10); }, "1\n"},
        {[&] { return one.fcntl(a, F_SETLK, F_WRLCK, 5, 10); }, "1\n"},
        {[&] { return one.fcntl(a, F_SETLK, F_UNLCK, 7, 1); }, "1\n"},
        {[&] { return one.close(one.open(sandbox->path("deploy"), O_RDWR)); }, "0\n"},
        {[&] { return one.fcntl(a, F_OFD_SETLK, F_RDLCK); }, "1\n"},
        {[&] { return one.close(a); }, "0\n"},
    };
    for (std::size_t i = 0; i < steps.size(); ++i) {
      sandbox->plant(std::string(point) + " kill");
      EXPECT_EQ(steps[i].call(), 0) << point << ", step " << i;
      EXPECT_EQ(sandbox->sh("flock $L/shared true").status, 0) << "a close answers nobody";
      ASSERT_TRUE(wait_until([&] { return !sandbox->fault_is_planted(); })) << point;
      wait_for_both();
      EXPECT_TRUE(wait_until([&] {
        return sandbox->sh("grep -c ' held .* fcntl ' $L/deploy").out == steps[i].holders;
      })) << point
          << ", step " << i << "\n"
          << sandbox->status();
    }
  }
  expect_all_free();
}

TEST_P(Crash, KeeperAndWorkerRestartEachOther) {
  sandbox->start_sh("flock $L/deploy sleep 1000");
  ASSERT_TRUE(wait_until([&] { return sandbox->status_has(" held "); }));
  for (int round = 0; round < 3; ++round) {
    kill_keeper();
    wait_for_both();
    kill_worker();
    wait_for_both();
    EXPECT_TRUE(sandbox->status_has(" held "));
  }
}

TEST_P(Crash, WaiterCanStillBeInterruptedAndKilled) {
  sandbox->start_sh("flock $L/deploy sleep 1000");
  ASSERT_TRUE(wait_until([&] { return sandbox->status_has(" held "); }));
  const pid_t waiter = sandbox->start_sh("exec flock $L/deploy true");
  ASSERT_TRUE(wait_until([&] { return sandbox->status_has(" waiting "); }));
  kill_worker();
  wait_for_both();
  ::kill(waiter, SIGTERM);
  EXPECT_EQ(sandbox->wait_for(waiter), 128 + SIGTERM);
  EXPECT_TRUE(wait_until([&] { return !sandbox->status_has(" waiting "); }));
}

TEST_P(Crash, TokensGoOnGrowing) {
  const auto token = [&] {
    return std::stoul(
        sandbox->sh("flock $L/deploy sh -c 'cat $0/deploy' $L | awk '/held/ {print $10}'").out);
  };
  unsigned long last = token();
  for (int round = 0; round < 3; ++round) {
    kill_worker();
    const unsigned long next = token();
    EXPECT_GT(next, last);
    last = next;
  }
}

TEST_P(Crash, EveryPlantedPointLosesNothing) {
  for (const char* point :
       {"before_append", "after_append", "before_reply", "after_reply", "handling"}) {
    for (const char* command : {"flock $L/deploy true", "flock -s $L/fresh true", "cat $L/status",
                                "cat $L/deploy", "flock $L/deploy sh -c \"echo x > $L/deploy\"",
                                "exec 9<>$L/.hold/deploy", "exec 9<$L/.hold/shared+deploy"}) {
      sandbox->plant(std::string(point) + " kill");
      EXPECT_EQ(sandbox->sh(command).status, 0) << point << ": " << command;
      ASSERT_TRUE(wait_until([&] { return !sandbox->fault_is_planted(); })) << point;
      wait_for_both();
    }
  }
  expect_all_free();
  EXPECT_EQ(sandbox->sh("ls $L | grep fresh").status, 1) << "a dynamic lock was left over";
}

// The successor dies too, while it takes over.
TEST_P(Crash, SuccessorDiesWhileItTakesOver) {
  std::vector<std::string> points = {"in_resume", "before_append", "after_append"};
  if (GetParam() == Kernel::resends) points.emplace_back("after_resend");
  for (const std::string& point : points) {
    const pid_t holder = sandbox->start_sh("flock $L/deploy sleep 1000");
    ASSERT_TRUE(wait_until([&] { return sandbox->status_has(" held "); }));
    const pid_t waiter = sandbox->start_sh("flock $L/deploy true");
    ASSERT_TRUE(wait_until([&] { return sandbox->status_has(" waiting "); }));
    sandbox->plant(point + " kill");
    kill_worker();
    ASSERT_TRUE(wait_until([&] { return !sandbox->fault_is_planted(); })) << point;
    wait_for_both();
    EXPECT_TRUE(sandbox->status_has(" waiting ")) << point;
    ::kill(-holder, SIGKILL);
    EXPECT_EQ(sandbox->wait_for(waiter), 0) << point;
    expect_all_free();
  }
}

// A command is done once, also if the worker dies before it has said so.
TEST_P(Crash, NoCommandIsDoneTwice) {
  for (const char* point : {"before_append", "after_append", "before_reply"}) {
    sandbox->plant(std::string(point) + " kill");
    EXPECT_EQ(sandbox->sh("printf 'create once\\nremove once\\ncreate once\\n' > $L/.ctl").status,
              0)
        << point << ": " << sandbox->sh("cat $L/.ctl").out;
    wait_for_both();
    EXPECT_EQ(sandbox->sh("ls $L | grep once").out, "once\n");
    EXPECT_EQ(sandbox->sh("echo remove once > $L/.ctl").status, 0);
  }
}

// A caller that is killed between the re-send and the re-read leaves nothing behind. (An older
// kernel keeps it until it is answered.)
TEST_P(Crash, CallerKilledWhileTheSuccessorTakesOver) {
  sandbox->start_sh("flock $L/deploy sleep 1000");
  ASSERT_TRUE(wait_until([&] { return sandbox->status_has(" held "); }));
  const pid_t waiter = sandbox->start_sh("exec flock $L/deploy true");
  ASSERT_TRUE(wait_until([&] { return sandbox->status_has(" waiting "); }));
  const bool resends = GetParam() == Kernel::resends;
  sandbox->plant(resends ? "after_resend stop" : "in_resume stop");
  kill_worker();
  ASSERT_TRUE(wait_until([&] { return !sandbox->fault_is_planted(); }));
  ::kill(waiter, SIGKILL);
  if (resends) sandbox->wait_for(waiter);
  ASSERT_TRUE(wait_until([&] { return sandbox->worker() != 0; }));
  ::kill(sandbox->worker(), SIGCONT);
  if (!resends) sandbox->wait_for(waiter);
  EXPECT_TRUE(wait_until([&] { return !sandbox->status_has(" waiting "); }));
}

TEST_P(Crash, WhatKillsItsHandlerTwiceIsRefused) {
  sandbox->plant("handling_wait abort again");
  const Ran ran = sandbox->sh("flock $L/deploy true; echo $?");
  EXPECT_NE(ran.out.find("Remote I/O error"), std::string::npos) << ran.out;
  sandbox->plant("nowhere kill");
  EXPECT_EQ(sandbox->sh("flock $L/deploy true").status, 0);
}

TEST_P(Crash, UpgradeLosesNothing) {
  const pid_t holder = sandbox->start_sh("flock $L/deploy sleep 1000");
  ASSERT_TRUE(wait_until([&] { return sandbox->status_has(" held "); }));
  const pid_t waiter = sandbox->start_sh("flock $L/deploy true");
  ASSERT_TRUE(wait_until([&] { return sandbox->status_has(" waiting "); }));
  const std::string before = sandbox->status();
  const pid_t old = sandbox->worker();
  EXPECT_EQ(sandbox->sh("echo upgrade > $L/.ctl && cat $L/.ctl").out,
            "ok the program on disk took over\n");
  EXPECT_TRUE(wait_until([&] { return sandbox->has_another_worker(old); }));
  EXPECT_EQ(sandbox->status(), before);
  ::kill(-holder, SIGKILL);
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
}

TEST_P(Crash, RandomKillsUnderLoad) {
  const char* wanted = std::getenv("LOCKFS_KILLS");
  const int kills = wanted != nullptr ? std::atoi(wanted) : 300;
  const char* given = std::getenv("LOCKFS_KILL_SEED");
  const unsigned seed =
      given != nullptr ? static_cast<unsigned>(std::atol(given)) : std::random_device{}();
  SCOPED_TRACE("LOCKFS_KILL_SEED=" + std::to_string(seed));
  std::minstd_rand random(seed);
  Clients clients({sandbox->path("deploy"), sandbox->path("shared"), sandbox->path("fresh")}, 8,
                  seed);
  for (int i = 0; i < kills && clients.fault().empty(); ++i) {
    const auto locked = clients.locked();
    // Between two kills the clients must get on, and keeper and worker have each other again:
    // killing both at once is the one thing that loses everything.
    ASSERT_TRUE(wait_until([&] { return sandbox->keeper() != 0 && sandbox->worker() != 0; }));
    ASSERT_TRUE(wait_until([&] { return clients.locked() > locked + random() % 20; }))
        << sandbox->status();
    const auto choice = random() % 16;
    if (choice == 0) {
      sandbox->start_sh("echo upgrade > $L/.ctl");  // the next kill may come into the middle of it
    } else if (choice < 4) {
      kill_keeper();
    } else if (choice < 7) {
      clients.replace_one(static_cast<unsigned>(random()));
    } else {
      kill_worker();
    }
  }
  ASSERT_EQ(clients.stop(), "");
  wait_for_both();
  expect_all_free();
  EXPECT_TRUE(wait_until([&] { return sandbox->sh("ls $L | grep fresh").status == 1; }))
      << "opens and releases do not balance";
}

}  // namespace
}  // namespace lockfs::test
