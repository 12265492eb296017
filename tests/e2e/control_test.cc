// The control file, reload, and who may what.
#include <signal.h>

#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

constexpr const char* control_config =
    "[board]\naddress = 10.0.0.1\naddress = 10.0.0.2\n[deploy]\n";

class Control : public MountTest {
 protected:
  void SetUp() override { mount(control_config); }
  Ran ctl(const std::string& line) {
    // not the shell's own printf, which may write each line by itself
    return sh("exec 9<>$L/.ctl; env printf '" + line + "' >&9; s=$?; cat <&9; exit $s");
  }
};

TEST_F(Control, AnswersOnTheSameDescriptor) {
  const Ran ran = ctl("reload\\n");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, "ok configuration reloaded: 2 locks\n");
  EXPECT_EQ(sh("cat $L/.ctl").out, "ok configuration reloaded: 2 locks\n");
}

TEST_F(Control, MakesAndRemovesLocks) {
  EXPECT_EQ(ctl("create depot\\n").out, "ok made lock depot\n");
  EXPECT_EQ(sh("ls $L | grep depot").out, "depot\n");
  EXPECT_EQ(ctl("remove depot\\n").out, "ok removed lock depot\n");
  EXPECT_NE(ctl("remove depot\\n").out.find("unknownboard there is no lock"), std::string::npos);
  EXPECT_NE(ctl("remove deploy\\n").out.find("permission it stands in the configuration"),
            std::string::npos);
}

TEST_F(Control, SeveralLinesStopAtTheFirstThatFails) {
  const Ran ran = ctl("create one\\nnonsense\\ncreate two\\n");
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.out.find("syntax there is no such command"), std::string::npos);
  EXPECT_EQ(sh("ls $L | grep -cE 'one|two'").out, "1\n");
}

TEST_F(Control, GarbageGetsAnAnswer) {
  EXPECT_EQ(ctl("loglevel loud\\n").status, 1);
  EXPECT_EQ(ctl("loglevel debug\\n").out, "ok log level debug\n");
  EXPECT_NE(sh("head -c 5000 /dev/zero | tr '\\0' x > $L/.ctl").status, 0);
  EXPECT_NE(sh("head -c 300 /dev/urandom > $L/.ctl").status, 0);
  EXPECT_EQ(sh("echo > $L/.ctl").status, 0);
}

TEST_F(Control, TwoWritersAtOnceDoNotMeet) {
  EXPECT_EQ(
      sh("for i in $(seq 20); do (for j in $(seq 5); do echo reload > $L/.ctl || exit 1; done) & "
         "pids=\"$pids $!\"; done; for p in $pids; do wait $p || exit 1; done")
          .status,
      0);
}

TEST_F(Control, IsForAdministratorsOnly) {
  const TestAccounts accounts;
  const Ran ran = sh(TestAccounts::as(accounts.user(), "echo reload > $L/.ctl"));
  EXPECT_NE(ran.status, 0);
  EXPECT_TRUE(sandbox->logs("permission only root")) << sandbox->log();
  sandbox->write_config("admin_group = " + accounts.group() + "\n" + control_config);
  EXPECT_EQ(ctl("reload\\n").status, 0);
  EXPECT_EQ(sh(TestAccounts::as(accounts.member(), "echo reload > $L/.ctl")).status, 0);
}

TEST_F(Control, EveryCommandIsLoggedWithWhoAndWhat) {
  ctl("create logged\\n");
  EXPECT_TRUE(sandbox->logs("command \"create logged\" by uid 0")) << sandbox->log();
  EXPECT_TRUE(sandbox->logs("ok made lock logged")) << sandbox->log();
}

TEST_F(Control, ABrokenConfigurationChangesNothing) {
  sandbox->write_config("[deploy]\naddress =\nnonsense = 1\n[deploy]\n");
  const Ran ran = ctl("reload\\n");
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.out.find("config the configuration in force stays:"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("lockfs.conf:2:"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("lockfs.conf:3:"), std::string::npos) << ran.out;
  EXPECT_EQ(sh("ls $L").out, "board\ndeploy\nstatus\nstatus.json\n");
}

TEST_F(Control, ReloadResetsNoLock) {
  hold("deploy");
  hold("board");
  const pid_t waiter = wait_behind("deploy", "waits");
  const std::string before = sandbox->status();
  sandbox->write_config(std::string(control_config) + "[new_one]\n");
  ::kill(sandbox->daemon(), SIGHUP);
  EXPECT_TRUE(wait_until([&] { return sandbox->status_has("new_one"); }));
  EXPECT_EQ(sh("grep -v new_one $L/status | tr -s ' '").out,
            sh("echo '" + before + "' | head -c -1 | tr -s ' '").out);
  end(waiter);
}

TEST_F(Control, ARemovedBoardStaysWithItsHolder) {
  const pid_t holder = hold("deploy");
  const pid_t waiter = wait_behind("deploy", "waits");
  sandbox->write_config("[board]\naddress = 10.0.0.1\n");
  EXPECT_EQ(ctl("reload\\n").status, 0);
  EXPECT_NE(sandbox->wait_for(waiter), 0);
  EXPECT_TRUE(sandbox->logs("No such device")) << sandbox->log();
  EXPECT_EQ(sh("awk '$1 == \"deploy\" {print $3}' $L/status").out, "retired\n");
  EXPECT_NE(sh("flock $L/deploy true").out.find("No such device"), std::string::npos);
  end(holder);
  EXPECT_TRUE(wait_until([&] { return !sandbox->status_has("deploy"); }));
}

TEST_F(Control, ARemovedAddressStaysWithItsHolder) {
  hold("board");
  sandbox->write_config("[board]\naddress = 10.0.0.2\n[deploy]\n");
  EXPECT_EQ(ctl("reload\\n").status, 0);
  EXPECT_EQ(sh("awk '$2 == \"10.0.0.1\" {print $3}' $L/status").out, "retired\n");
  EXPECT_EQ(sh("flock $L/board cat $L/.mine/board").out, "10.0.0.2\n");
  sandbox->write_config(control_config);
  EXPECT_EQ(ctl("reload\\n").status, 0);
  EXPECT_EQ(sh("awk '$2 == \"10.0.0.1\" {print $3}' $L/status").out, "held\n");
}

class Access : public MountTest {};

TEST_F(Access, GoesByGroupsAndUsersAsOfTheLastReload) {
  const TestAccounts accounts;
  const std::string guarded =
      "[guarded]\ngroup = " + accounts.group() + "\n[theirs]\nuser = " + accounts.user() + "\n";
  mount(guarded);
  if (!sandbox) return;
  const auto as = [&](const std::string& user, const std::string& command) {
    return sh(TestAccounts::as(user, command));
  };
  EXPECT_EQ(as(accounts.member(), "flock -n $L/guarded true && test -w $L/guarded").status, 0);
  const Ran refused = as(accounts.user(), "cat $L/guarded >/dev/null && flock $L/guarded true");
  EXPECT_NE(refused.out.find("Permission denied"), std::string::npos) << refused.out;
  EXPECT_NE(as(accounts.user(), "test -w $L/guarded").status, 0);
  EXPECT_EQ(as(accounts.user(), "flock -n $L/theirs true").status, 0);
  EXPECT_NE(as(accounts.member(), "flock -n $L/theirs true").status, 0);
  EXPECT_EQ(sh("flock -n $L/guarded true && flock -n $L/theirs true").status, 0) << "root may all";
  EXPECT_EQ(sh("stat -c %G $L/guarded").out, accounts.group() + "\n");

  // A user taken away keeps what that user holds and gets nothing new.
  const pid_t held =
      sandbox->start_sh(TestAccounts::as(accounts.member(), "exec flock $L/guarded sleep 1000"));
  ASSERT_TRUE(wait_until([&] { return sandbox->status_has(" held "); }));
  const pid_t waits =
      sandbox->start_sh(TestAccounts::as(accounts.member(), "exec flock $L/guarded true"));
  ASSERT_TRUE(wait_until([&] { return sandbox->status_has(" waiting "); }));
  accounts.leave_group();
  EXPECT_EQ(sh("flock -n $L/theirs true; echo reload > $L/.ctl").status, 0);
  EXPECT_NE(sandbox->wait_for(waits), 0);
  EXPECT_TRUE(sandbox->status_has(" held "));
  EXPECT_NE(as(accounts.member(), "flock -n $L/guarded true").out.find("Permission denied"),
            std::string::npos);
  end(held);
}

TEST_F(Access, CreateCanBeForbidden) {
  const TestAccounts accounts;
  mount("create = no\n[deploy]\n");
  if (!sandbox) return;
  EXPECT_NE(
      sh(TestAccounts::as(accounts.user(), "flock $L/fresh true")).out.find("Permission denied"),
      std::string::npos);
  EXPECT_EQ(sh(TestAccounts::as(accounts.user(), "flock $L/deploy true")).status, 0);
}

}  // namespace
}  // namespace lockfs::test
