// Reloading: what is taken away while somebody holds it or waits for it, what comes back, what is
// refused. No lock is ever reset.
#include <signal.h>

#include <optional>

#include "tests/e2e/served_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

class Reload : public ServedTest {
 protected:
  std::string config() const override {
    return "[board]\naddress = 10.0.0.1\naddress = 10.0.0.2\n[deploy]\n[licence]\nunits = 3\n";
  }
  void expect_reloaded(const std::string& text) {
    EXPECT_THAT(reload(text), Gives(0, testing::StartsWith("ok configuration reloaded")));
  }
  // A waiter whose last words are in $D/words.
  pid_t wait_loudly(const std::string& name) {
    const pid_t pid = sandbox->start_sh("exec flock $L/" + name + " true 2>$D/words");
    EXPECT_TRUE(becomes(name, "waiting", 1));
    return pid;
  }
  void expect_ended(pid_t waiter, const std::string& words) {
    EXPECT_GT(sandbox->wait_for(waiter), 0);
    EXPECT_THAT(sh("cat $D/words").out, HasSubstr(words));
  }
  std::string state_of(const std::string& unit) {
    return sh("awk '$2 == \"" + unit + "\" { print $3 }' $L/status").out;
  }
};

TEST_F(Reload, CanBeAskedForInThreeWays) {
  const auto has = [&](const char* name) {
    return wait_until([&] { return sh(std::string("test -e $L/") + name).status == 0; });
  };
  sandbox->write_config("[one]\n");
  EXPECT_EQ(sh("echo reload > $L/.ctl").status, 0);
  EXPECT_TRUE(has("one"));
  sandbox->write_config("[two]\n");
  ::kill(sandbox->daemon(), SIGHUP);
  EXPECT_TRUE(has("two"));
  sandbox->write_config("[three]\n");
  EXPECT_THAT(sh(LOCKCTL_PROGRAM " reload"), Gives(0, HasSubstr("configuration reloaded: 1 lock")));
  EXPECT_EQ(sh("ls $L").out, "status\nstatus.json\nthree\n");
}

TEST_F(Reload, ChangesNothingWhereNothingChanged) {
  hold("deploy");
  hold("board");
  hold("licence", "-s");
  wait_behind("deploy", "first");
  wait_behind("deploy", "second", "-s");
  const std::string before = sandbox->status();
  expect_reloaded(config());
  EXPECT_EQ(sandbox->status(), before);
}

TEST_F(Reload, ABoardThatReturnsIsStillHeld) {
  const pid_t holder = hold("deploy");
  expect_reloaded("[board]\naddress = 10.0.0.1\n");
  EXPECT_EQ(state_of("deploy"), "retired\n");
  EXPECT_THAT(sh("flock -n $L/deploy true"), FailsWith("No such device"));
  expect_reloaded(config());
  EXPECT_EQ(state_of("deploy"), "held\n");
  const pid_t waiter = wait_behind("deploy", "next");
  end(holder);
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
}

TEST_F(Reload, ABoardThatNobodyHoldsGoesAtOnce) {
  expect_reloaded("[deploy]\n");
  EXPECT_EQ(sh("ls $L").out, "deploy\nstatus\nstatus.json\n");
  EXPECT_THAT(sh("flock $L/board cat $L/.mine/board"), Gives(0, "board\n")) << "a dynamic lock now";
}

TEST_F(Reload, AnOpenDescriptorOfARemovedBoardIsToldSo) {
  EXPECT_THAT(sh("exec 9<$L/deploy; echo '[x]' > $D/lockfs.conf; echo reload > $L/.ctl; flock 9"),
              FailsWith("No such device"));
  EXPECT_TRUE(wait_until([&] { return sh("test -e $L/deploy").status == 1; }));
}

TEST_F(Reload, ARemovedAddressIsNotGivenAgain) {
  const pid_t first = hold("board");
  const pid_t second = hold("board");
  const pid_t waiter = sandbox->start_sh("exec flock $L/board sh -c 'cat $L/.mine/board > $D/got'");
  ASSERT_TRUE(becomes("board", "waiting", 1));
  expect_reloaded("[board]\naddress = 10.0.0.2\n");
  EXPECT_EQ(state_of("10.0.0.1"), "retired\n");
  end(first);
  EXPECT_TRUE(wait_until([&] { return state_of("10.0.0.1").empty(); }));
  EXPECT_EQ(count("board", "waiting"), 1);
  end(second);
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
  EXPECT_EQ(sh("cat $D/got").out, "10.0.0.2\n");
}

TEST_F(Reload, ANewAddressServesWhoWaits) {
  hold("board");
  hold("board");
  const pid_t waiter = sandbox->start_sh("exec flock $L/board sh -c 'cat $L/.mine/board > $D/got'");
  ASSERT_TRUE(becomes("board", "waiting", 1));
  expect_reloaded("[board]\naddress = 10.0.0.1\naddress = 10.0.0.2\naddress = 10.0.0.3\n");
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
  EXPECT_EQ(sh("cat $D/got").out, "10.0.0.3\n");
}

TEST_F(Reload, WaitersForARemovedBoardEndAndOthersGoOn) {
  const pid_t holder = hold("deploy");
  hold("board");
  hold("board");
  const pid_t other = wait_behind("board", "other");
  const pid_t waiter = wait_loudly("deploy");
  expect_reloaded("[board]\naddress = 10.0.0.1\naddress = 10.0.0.2\n");
  expect_ended(waiter, "No such device");
  EXPECT_EQ(count("board", "waiting"), 1);
  EXPECT_EQ(::kill(other, 0), 0);
  end(holder);
  EXPECT_TRUE(wait_until([&] { return sh("test -e $L/deploy").status == 1; }));
}

TEST_F(Reload, ACountingLockShrinksAndGrows) {
  for (int i = 0; i < 3; ++i) hold("licence");
  expect_reloaded("[licence]\nunits = 1\n");
  EXPECT_EQ(count("licence", "retired"), 2);
  EXPECT_EQ(count("licence", "held"), 1);
  expect_reloaded("[licence]\nunits = 4\n");
  EXPECT_EQ(count("licence", "held"), 3);
  EXPECT_EQ(count("licence", "free"), 1);
}

TEST_F(Reload, ABoardBecomesANamedLock) {
  const pid_t holder = hold("board");
  expect_reloaded("[board]\n");
  EXPECT_EQ(state_of("10.0.0.1"), "retired\n");
  EXPECT_EQ(state_of("10.0.0.2"), "");
  EXPECT_THAT(sh("flock -n $L/board cat $L/.mine/board"), Gives(0, "board\n"));
  end(holder);
  EXPECT_TRUE(wait_until([&] { return state_of("10.0.0.1").empty(); }));
}

TEST_F(Reload, ADynamicLockIsTakenIntoTheConfiguration) {
  const pid_t holder = hold("fresh");
  const pid_t waiter = wait_behind("fresh", "next");
  expect_reloaded("[fresh]\n[deploy]\n");
  EXPECT_EQ(state_of("fresh"), "held\n");
  end(holder);
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
  EXPECT_EQ(sh("test -e $L/fresh").status, 0);
  EXPECT_THAT(sh("rm $L/fresh"), FailsWith("not permitted"));
}

TEST_F(Reload, ForbidsMakingLocksFromThenOn) {
  hold("fresh");
  expect_reloaded("create = no\n[deploy]\n");
  EXPECT_EQ(state_of("fresh"), "held\n");
  EXPECT_EQ(sh("flock -n $L/fresh true").status, 1);
}

TEST_F(Reload, RefusesWhatIsBrokenAndStaysAsItWas) {
  hold("deploy");
  const pid_t waiter = wait_behind("deploy", "next");
  const std::string before = sandbox->status();
  const std::string broken = "[deploy]\nadress = x\n[board]\ngroup = no-such-group\n";
  const std::string file = sandbox->config_path();
  const std::string faults =
      file + ":2: unknown key \"adress\"; did you mean \"address\"?\n" + file + ":4: ";
  EXPECT_THAT(reload(broken),
              Gives(1, testing::StartsWith("config the configuration in force stays:\n" + faults)));
  EXPECT_THAT(sh(LOCKCTL_PROGRAM " reload"), Gives(78, HasSubstr(faults)));
  EXPECT_EQ(sandbox->status(), before);
  EXPECT_TRUE(sandbox->logs(file + ":4: ")) << sandbox->log();
  EXPECT_EQ(::kill(waiter, 0), 0);
  expect_reloaded(config());
}

TEST_F(Reload, LogsWhatIsBrokenOnSighup) {
  sandbox->write_config("[deploy\n");
  ::kill(sandbox->daemon(), SIGHUP);
  EXPECT_TRUE(sandbox->logs(sandbox->config_path() + ":1: no \"]\"")) << sandbox->log();
  EXPECT_THAT(sh("flock $L/board cat $L/.mine/board"), Gives(0, "10.0.0.1\n"));
  EXPECT_THAT(sh("cat $L/.ctl"), Gives(0, testing::StartsWith("config ")));
}

TEST_F(Reload, RefusesAFileThatCannotBeRead) {
  EXPECT_THAT(sh("rm $D/lockfs.conf; exec 9<>$L/.ctl; echo reload >&9; cat <&9"),
              Gives(0, HasSubstr(sandbox->config_path() + ": No such file")));
  EXPECT_THAT(sh("mkfifo $D/lockfs.conf; exec 9<>$L/.ctl; echo reload >&9; cat <&9"),
              Gives(0, HasSubstr(sandbox->config_path() + ": not a regular file")));
  EXPECT_EQ(sh("flock -n $L/board true").status, 0);
}

class ReloadAccess : public Reload {
 protected:
  void SetUp() override {
    if (why_no_mounts().empty()) accounts.emplace();
    Reload::SetUp();
    if (sandbox && !HasFatalFailure()) open_to_all();
  }
  std::string config() const override {
    if (!accounts) return "";
    return "[by_group]\ngroup = " + accounts->group() +
           "\n[by_user]\nuser = " + accounts->member() + "\n";
  }
  void TearDown() override {
    Reload::TearDown();
    sandbox.reset();  // an account that still has processes cannot be removed
  }
  pid_t start_as_member(const std::string& command) {
    return sandbox->start_sh("exec " + TestAccounts::as(accounts->member(), "exec " + command));
  }
  Ran as_member(const std::string& command) {
    return sh(TestAccounts::as(accounts->member(), command));
  }
  // Whoever lost the permission keeps the lock, waits no longer, and gets nothing new.
  void expect_taken_away(const std::string& name, const std::string& new_config) {
    const pid_t holder = start_as_member("flock $L/" + name + " sleep 1000");
    ASSERT_TRUE(becomes(name, "held", 1));
    const pid_t waiter = start_as_member("flock $L/" + name + " true 2>$D/words");
    ASSERT_TRUE(becomes(name, "waiting", 1));
    const pid_t root = wait_behind(name, "root");
    expect_reloaded(new_config);
    expect_ended(waiter, "Permission denied");
    EXPECT_EQ(count(name, "held"), 1);
    EXPECT_EQ(count(name, "waiting"), 1);
    EXPECT_THAT(as_member("flock -n $L/" + name + " true"), FailsWith("Permission denied"));
    end(holder);
    EXPECT_EQ(sandbox->wait_for(root), 0);
  }

  std::optional<TestAccounts> accounts;
};

TEST_F(ReloadAccess, ARemovedGroup) {
  sh("touch $D/words; chmod 666 $D/words");
  expect_taken_away("by_group", "[by_group]\ngroup = root\n");
}

TEST_F(ReloadAccess, ARemovedUser) {
  sh("touch $D/words; chmod 666 $D/words");
  expect_taken_away("by_user", "[by_user]\nuser = " + accounts->user() + "\n");
}

TEST_F(ReloadAccess, AMemberWhoLeftCountsFromTheReloadOn) {
  sh("touch $D/words; chmod 666 $D/words");
  accounts->leave_group();
  EXPECT_THAT(as_member("flock -n $L/by_group echo still"), Gives(0, "still\n"));
  expect_taken_away("by_group", config());
}

TEST_F(ReloadAccess, AHolderWithoutPermissionKeepsItWhateverItIsAskedFor) {
  const pid_t holder = start_as_member(
      "bash -c \"exec 9<\\$L/by_user; flock 9; touch $D/../${D##*/}/mnt/by_user; "
      "until test -e $D/go; do sleep 0.02; done; flock -n 9; echo \\$? > /dev/null; sleep 1000\"");
  ASSERT_TRUE(becomes("by_user", "held", 1));
  expect_reloaded("[by_user]\nuser = " + accounts->user() + "\n");
  sh("touch $D/go");
  EXPECT_EQ(count("by_user", "held"), 1);
  end(holder);
  EXPECT_TRUE(becomes("by_user", "free", 1));
}

}  // namespace
}  // namespace lockfs::test
