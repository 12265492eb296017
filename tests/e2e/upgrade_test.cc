// Upgrades from one program to another: of another version, with a journal in another format, or
// one that does not come up at all.
#include <signal.h>

#include <string>

#include "tests/e2e/gives.h"
#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

class Upgrade : public MountTest {
 protected:
  // A lock that is held, one waits for it.
  void start(const std::string& program) {
    prepare("[deploy]\n");
    if (!sandbox) return;
    install(program);
    sandbox->program = sandbox->folder() + "/lockfs";
    ASSERT_EQ(sandbox->start(), "");
    holder = hold("deploy");
    waiter = wait_behind("deploy", "next");
    status = sandbox->status();
    worker = sandbox->worker();
  }
  // As a package manager does: the old file goes on under no name.
  void install(const std::string& program) {
    ASSERT_EQ(sh("cp " + program + " $D/fresh && mv $D/fresh $D/lockfs").status, 0);
  }
  void expect_taken_over() {
    EXPECT_THAT(sh(LOCKCTL_PROGRAM " upgrade"), Gives(0, "the program on disk took over\n"));
    EXPECT_TRUE(wait_until([&] { return sandbox->has_another_worker(worker); }));
    EXPECT_EQ(sandbox->status(), status);
    worker = sandbox->worker();
  }
  void expect_refused(const std::string& reason) {
    EXPECT_THAT(sh(LOCKCTL_PROGRAM " upgrade"),
                Gives(69, "lockctl: the new program did not come up: " + reason +
                              "; the old one goes on\n"));
    EXPECT_TRUE(sandbox->logs("lockfs did not come up: " + reason));
    EXPECT_EQ(sandbox->worker(), worker);
    EXPECT_EQ(sandbox->status(), status);
  }
  void expect_nothing_lost() {
    EXPECT_EQ(sh("flock -n $L/deploy true").status, 1);
    end(holder);
    EXPECT_EQ(sandbox->wait_for(waiter), 0);
    EXPECT_EQ(sh("cat $D/order").out, "next\n");
  }
  void kill_each() {
    for (const char* which : {"worker", "keeper"}) {
      const auto find = [&] {
        return which == std::string("worker") ? sandbox->worker() : sandbox->keeper();
      };
      const pid_t old = find();
      sandbox->kill(old);
      ASSERT_TRUE(wait_until([&] { return find() != 0 && find() != old; }));
      ASSERT_EQ(sandbox->status(), status);
    }
  }

  pid_t holder = 0;
  pid_t waiter = 0;
  pid_t worker = 0;
  std::string status;
};

TEST_F(Upgrade, ReadsTheJournalOfTheFormatBefore) {
  start(LOCKFS_BEFORE_PROGRAM);
  if (!sandbox || HasFailure()) return;
  EXPECT_NE(sh(LOCKFS_PROGRAM " --version").out, sh("$D/lockfs --version").out);
  install(LOCKFS_PROGRAM);
  expect_taken_over();
  EXPECT_TRUE(sandbox->logs("goes on where 0.0.9 was")) << sandbox->log();
  kill_each();
  worker = sandbox->worker();
  expect_taken_over();  // once more, now from its own format
  expect_nothing_lost();
}

// Whenever the new program dies while it takes over.
TEST_F(Upgrade, LosesNothingWhenItDiesBetweenTheFormats) {
  for (const char* point : {"before_snapshot", "in_snapshot", "after_snapshot", "in_resume"}) {
    start(LOCKFS_BEFORE_PROGRAM);
    if (!sandbox || HasFailure()) return;
    install(LOCKFS_PROGRAM);
    sandbox->plant(std::string(point) + " kill");
    expect_taken_over();
    EXPECT_FALSE(sandbox->fault_is_planted()) << point;
    expect_nothing_lost();
  }
}

TEST_F(Upgrade, IsRefusedByAProgramThatCannotReadTheJournal) {
  start(LOCKFS_PROGRAM);
  if (!sandbox || HasFailure()) return;
  install(LOCKFS_BEFORE_PROGRAM);
  expect_refused("the journal has format 4, and lockfs 0.0.9 reads formats 3 to 3");
  kill_each();  // each starts the other as it was, not from the disk
  expect_nothing_lost();
}

TEST_F(Upgrade, IsRefusedWhereThereIsNoProgram) {
  start(LOCKFS_PROGRAM);
  if (!sandbox || HasFailure()) return;
  EXPECT_EQ(sh("rm $D/lockfs").status, 0);
  expect_refused("No such file or directory");
  EXPECT_EQ(sh("cp " LOCKFS_PROGRAM " $D/lockfs && chmod a-x $D/lockfs").status, 0);
  expect_refused("Permission denied");
  EXPECT_EQ(sh("chmod a+x $D/lockfs; : > $D/lockfs").status, 0);
  expect_refused("Exec format error");
  install(LOCKFS_PROGRAM);
  expect_taken_over();
  expect_nothing_lost();
}

TEST_F(Upgrade, IsRefusedByAProgramThatEndsAtOnce) {
  start(LOCKFS_PROGRAM);
  if (!sandbox || HasFailure()) return;
  install("/bin/false");
  expect_refused("it ended");
  expect_nothing_lost();
}

TEST_F(Upgrade, IsRefusedByAProgramThatDoesNotComeUpInTime) {
  start(LOCKFS_PROGRAM);
  if (!sandbox || HasFailure()) return;
  EXPECT_EQ(sh("printf '#!/bin/sh\\nexec sleep 1000\\n' > $D/slow; chmod a+x $D/slow").status, 0);
  install("$D/slow");
  expect_refused("it was not ready within 10 s");
  expect_nothing_lost();
}

}  // namespace
}  // namespace lockfs::test
