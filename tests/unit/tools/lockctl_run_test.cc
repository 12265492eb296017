// lockctl run: flock(1)'s exit codes, who keeps the lock, and who gets the signals.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include "fs/descriptor.h"
#include "tests/unit/tools/lockctl_mount.h"
#include "tools/errno_words.h"
#include "tools/option_value.h"

namespace lockfs {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class LockctlRun : public ::testing::Test {
 protected:
  LockctlRun() {
    grant(holder_json("me", ::getpid(), 7));
    mount_.write(".mine/s3esk", "192.168.124.52\n");
  }

  // What the mount shows of the lock while the command runs.
  void grant(const std::string& holders) {
    mount_.write(".json/s3esk", lock_json("s3esk", unit_json("192.168.124.52", holders)));
  }

  Said run(std::vector<std::string> command, std::vector<std::string> options = {}) {
    std::vector<std::string> args = {"run"};
    args.insert(args.end(), options.begin(), options.end());
    args.insert(args.end(), {"s3esk", "--"});
    args.insert(args.end(), command.begin(), command.end());
    return mount_(args);
  }
  Said shell(const std::string& script) { return run({"sh", "-c", script}); }

  Descriptor hold(int operation) {
    Descriptor fd(::open(mount_.path("s3esk").c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0666));
    EXPECT_EQ(::flock(fd.get(), operation | LOCK_NB), 0);
    return fd;
  }

  const FakeMount mount_;
};

TEST_F(LockctlRun, ExitsAsTheCommandDoes) {
  EXPECT_EQ(shell("exit 0").status, 0);
  EXPECT_EQ(shell("exit 7").status, 7);
  EXPECT_EQ(shell("exit 255").status, 255);
  EXPECT_EQ(shell("kill -KILL $$").status, 128 + SIGKILL);
}

TEST_F(LockctlRun, RunsNothingThatCannotBeRun) {
  const Said said = run({"/nowhere/cmd"});
  EXPECT_EQ(said.status, 69);
  EXPECT_EQ(said.err, "lockctl: /nowhere/cmd cannot be run: No such file or directory\n");
}

TEST_F(LockctlRun, HandsTheCommandItsWordsAsTheyAre) {
  EXPECT_EQ(run({"sh", "-c", R"(test "$1 $2 $3 $4" = "-n -- --help a b")", "sh", "-n", "--",
                 "--help", "a b"})
                .status,
            0);
}

TEST_F(LockctlRun, FailsAtOnceIfAskedNotToWait) {
  const auto held = hold(LOCK_EX);
  for (const auto& options : std::vector<std::vector<std::string>>{
           {"-n"}, {"--nonblock"}, {"-w", "0"}, {"-n", "-s"}, {"-n", "-w", "1"}}) {
    const Said said = run({"true"}, options);
    EXPECT_EQ(said.status, 1);
    EXPECT_EQ(said.err, "");
  }
  EXPECT_EQ(run({"true"}, {"-n", "-E", "42"}).status, 42);
  EXPECT_EQ(run({"true"}, {"-n", "-E", "0"}).status, 0);
}

TEST_F(LockctlRun, SharesWithThoseWhoShare) {
  const auto held = hold(LOCK_SH);
  EXPECT_EQ(run({"true"}, {"-n", "-s"}).status, 0);
  EXPECT_EQ(run({"true"}, {"-n"}).status, 1);
}

TEST_F(LockctlRun, GivesUpWhenTheTimeIsOver) {
  const auto held = hold(LOCK_EX);
  grant(holder_json("jack", 4711, 91) + "," + holder_json("alice", 5, 92));
  const Said said = run({"true"}, {"-w", "0.02", "-E", "5"});
  EXPECT_EQ(said.status, 5);
  EXPECT_EQ(said.err,
            "waiting for s3esk (held by jack, pid 4711, since 2026-11-21T10:04:02, and 1 more)\n");
}

TEST_F(LockctlRun, LeavesTheAlarmAsItWas) {
  struct sigaction before {};
  struct sigaction after {};
  ::sigaction(SIGALRM, nullptr, &before);
  const auto held = hold(LOCK_EX);
  run({"true"}, {"-w", ".01"});
  ::sigaction(SIGALRM, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
}

// Somebody who lets the lock go as soon as another says that it waits.
class LetsGo : public std::stringbuf {
 public:
  explicit LetsGo(Descriptor held) : held_(std::move(held)) {}
  int sync() override {
    held_.reset();
    return 0;
  }

 private:
  Descriptor held_;
};

TEST_F(LockctlRun, RunsOnceTheLockIsFree) {
  LetsGo buffer(hold(LOCK_EX));
  std::ostream err(&buffer);
  std::ostringstream out;
  const std::vector<std::string> args = {"run",   "--mount", mount_.path(), "-w", "60",
                                         "s3esk", "--",      "sh",          "-c", "exit 3"};
  EXPECT_EQ(lockctl(args, {out, err}), 3);
  EXPECT_THAT(buffer.str(), StartsWith("waiting for s3esk (held by me, pid "));
}

TEST_F(LockctlRun, ASignalThatIsIgnoredDoesNotEndTheWait) {
  const auto before = std::signal(SIGHUP, SIG_IGN);
  const auto held = hold(LOCK_EX);
  const pid_t me = ::getpid();
  std::thread caller([me] {
    for (int i = 0; i < 5; ++i) ::kill(me, SIGHUP);
  });
  EXPECT_EQ(run({"true"}, {"-w", "0.05"}).status, 1);
  caller.join();
  std::signal(SIGHUP, before);
}

TEST_F(LockctlRun, HoldsTheLockWhileTheCommandRunsAndNotLonger) {
  const std::string file = "'" + mount_.path("s3esk") + "'";
  EXPECT_EQ(shell("flock -n -E 9 " + file + " true").status, 9);
  EXPECT_EQ(run({"true"}, {"-n"}).status, 0);
}

TEST_F(LockctlRun, LeavesNoLockWithWhatTheCommandLeavesBehind) {
  const Said said =
      shell("sleep 600 >/dev/null 2>&1 </dev/null & echo $! > '" + mount_.path("pid") + "'");
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(run({"true"}, {"-n"}).status, 0);
  const int left_behind = std::stoi(mount_.read("pid"));
  EXPECT_EQ(::kill(left_behind, SIGKILL), 0);
}

TEST_F(LockctlRun, PassesSignalsOnToTheCommand) {
  const std::pair<int, std::string> signals[] = {{SIGHUP, "HUP"},   {SIGINT, "INT"},
                                                 {SIGQUIT, "QUIT"}, {SIGTERM, "TERM"},
                                                 {SIGUSR1, "USR1"}, {SIGUSR2, "USR2"}};
  for (const auto& [number, name] : signals) {
    // A shell cannot trap what was ignored when it began, as in a job in the background.
    const auto before = std::signal(number, SIG_DFL);
    EXPECT_EQ(shell("trap 'exit 33' " + name + "; kill -" + name +
                    " $PPID; i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); sleep 0.01; done")
                  .status,
              33)
        << name;
    std::signal(number, before);
  }
}

TEST_F(LockctlRun, GivesTheCommandTheSignalsAsTheyWere) {
  EXPECT_EQ(shell("kill -TERM $$; exit 1").status, 128 + SIGTERM);
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_EQ(::sigismember(&mask, SIGTERM), 0);
  EXPECT_EQ(::sigismember(&mask, SIGCHLD), 0);
}

TEST_F(LockctlRun, WaitsForTheCommandEvenWhereChildrenAreIgnored) {
  std::signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(shell("exit 4").status, 4);
  EXPECT_EQ(std::signal(SIGCHLD, SIG_DFL), SIG_IGN);
}

TEST_F(LockctlRun, WantsTheCommandBehindTwoDashes) {
  EXPECT_EQ(mount_({"run", "s3esk"}).status, 64);
  EXPECT_EQ(mount_({"run", "s3esk", "--"}).status, 64);
  const Said said = mount_({"run", "s3esk", "make", "-j4"});
  EXPECT_EQ(said.status, 64);
  EXPECT_THAT(said.err, StartsWith("lockctl: put \"--\" before the command"));
}

TEST_F(LockctlRun, RefusesBadNumbers) {
  for (const char* limit : {"x", "-1", "nan", "inf", "1e3", "", "1s", "1000000000"}) {
    EXPECT_EQ(run({"true"}, {"-w", limit}).status, 64) << limit;
  }
  for (const char* code : {"x", "-1", "256", "", "1.5"}) {
    EXPECT_EQ(run({"true"}, {"-E", code}).status, 64) << code;
  }
}

TEST_F(LockctlRun, TakesASignalByItsNameOrNumber) {
  for (const char* signal : {"TERM", "SIGTERM", "15", "none", "USR1"}) {
    EXPECT_EQ(run({"true"}, {"--on-break", signal}).status, 0) << signal;
  }
  for (const char* signal : {"term", "0", "-1", "SIG", "15x", "", "1000"}) {
    EXPECT_EQ(run({"true"}, {"--on-break", signal}).status, 64) << signal;
  }
}

TEST_F(LockctlRun, WritesTheNoteToTheLock) {
  EXPECT_EQ(run({"true"}, {"--note", "back at 15:00"}).status, 0);
  EXPECT_EQ(mount_.read("s3esk"), "back at 15:00");
}

TEST_F(LockctlRun, RunsTheCommandThoughTheNoteIsRefused) {
  ASSERT_EQ(::symlink("/dev/full", mount_.path("s3esk").c_str()), 0);
  const Said said = run({"sh", "-c", "exit 5"}, {"--note", "back at 15:00"});
  EXPECT_EQ(said.status, 5);
  EXPECT_EQ(said.err, "lockctl: warning: the note was not taken: No space left on device\n");
}

TEST(LockctlRunNowhere, MakesNoFileInAFolderThatIsNoMount) {
  const FakeMount folder;
  std::filesystem::remove(folder.path(".ctl"));
  EXPECT_EQ(folder({"run", "s3esk", "--", "true"}).status, 66);
  EXPECT_FALSE(std::filesystem::exists(folder.path("s3esk")));
}

TEST(LockctlSeconds, AreRoundedUp) {
  using std::chrono::microseconds;
  EXPECT_EQ(parse_seconds("2.5"), microseconds(2'500'000));
  EXPECT_EQ(parse_seconds(".5"), microseconds(500'000));
  EXPECT_EQ(parse_seconds("0"), microseconds(0));
  EXPECT_EQ(parse_seconds("0.0000000001"), microseconds(1));
}

TEST(LockctlErrno, BecomesASentence) {
  const LockFile lock{"s3esk", "/mnt/locks", "s3esk"};
  EXPECT_EQ(lock_failure(lock, EACCES).message, "you may not lock s3esk");
  EXPECT_EQ(lock_failure(lock, EACCES).status, 65);
  EXPECT_EQ(lock_failure(lock, ENODEV).message, "s3esk was taken out of the configuration");
  EXPECT_EQ(lock_failure(lock, ENOLCK).status, 71);
  EXPECT_EQ(lock_failure(lock, ECANCELED).message,
            "the lockfs daemon of /mnt/locks is shutting down");
  EXPECT_EQ(open_failure(lock, ENOENT).message, "there is no lock s3esk on /mnt/locks");
  EXPECT_EQ(open_failure(lock, EACCES).message,
            "there is no lock s3esk on /mnt/locks, and you may not make one");
  EXPECT_EQ(open_failure(lock, EMFILE).status, 71);
  EXPECT_EQ(open_failure(lock, ENOTCONN).message, "the lockfs daemon of /mnt/locks is not running");
  EXPECT_EQ(mount_failure("/mnt/locks", EACCES).message,
            "you may not look into /mnt/locks: it is another user's mount");
}

}  // namespace
}  // namespace lockfs
