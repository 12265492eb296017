// break, offline, drain: what an administrator does, and how those who hold and wait notice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/e2e/gives.h"
#include "tests/harness/locker.h"
#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

class Marks : public MountTest {
 protected:
  void SetUp() override {
    mount("[deploy]\n[board]\naddress = /dev/ttyUSB0\naddress = 10.0.0.2\n");
  }
  Ran ctl(const std::string& line) {
    return sh("exec 9<>$L/.ctl; env printf '%s\\n' '" + line + "' >&9; s=$?; cat <&9; exit $s");
  }
  // Without the time, the process and the command, of which other tests know.
  std::string rows(const std::string& lock) {
    return sh("awk '$1 == \"" + lock + "\" {print $2, $3, $4, $5, $8, $10, $11}' $L/status").out;
  }
};

TEST_F(Marks, ABrokenHoldGoesToTheNext) {
  hold("deploy");
  const pid_t waiter = wait_behind("deploy", "next");
  EXPECT_THAT(ctl("break deploy gone home"), Gives(0, "ok broke 1 hold of deploy\n"));
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
  EXPECT_EQ(sh("cat $D/order").out, "next\n");
  EXPECT_TRUE(sandbox->logs("deploy: broken, token 1")) << sandbox->log();
  EXPECT_TRUE(sandbox->logs("by uid 0: gone home")) << sandbox->log();
  EXPECT_THAT(ctl("break deploy"), Gives(1, HasSubstr("unavailable nobody holds it: deploy\n")));
}

TEST_F(Marks, WhoLostItMayUnlockAndAskAgain) {
  const std::string script =
      "exec 9<>$L/board; flock 9; cat $L/.mine/board; echo 'break board@%2Fdev%2FttyUSB0' >$L/.ctl;"
      "cat $L/.mine/board; flock -u 9 && echo unlocked; flock -n 9 && cat $L/.mine/board";
  const Ran ran = sh(script);
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, HasSubstr("/dev/ttyUSB0\n"));
  EXPECT_THAT(ran.out, HasSubstr("No such file"));
  EXPECT_THAT(ran.out, HasSubstr("unlocked\n10.0.0.2\n"));
}

TEST_F(Marks, ADescriptorOpenedToHoldStaysOpen) {
  EXPECT_THAT(sh("exec 9<>$L/.hold/deploy; cat <&9; echo 'break deploy' >$L/.ctl; cat $L/deploy | "
                 "awk 'NR > 1 {print $3}'; cat <&9; exec 9>&-; flock -n $L/deploy echo had"),
              Gives(0, "deploy\nfree\nhad\n"));
}

TEST_F(Marks, OnlyTheGrantThatStillStands) {
  hold("deploy");
  EXPECT_THAT(ctl("break deploy token=7"), Gives(1, HasSubstr("unavailable that grant")));
  EXPECT_THAT(ctl("break deploy token=1"), Gives(0, HasSubstr("ok broke 1 hold")));
}

TEST_F(Marks, AnOrdinaryUserBreaksOwnHoldsOnly) {
  const TestAccounts accounts;
  hold("deploy");
  const std::string as_user = "exec 8<>$L/.ctl; echo \"break $N\" >&8; s=$?; cat <&8; exit $s";
  const auto break_as_user = [&](const std::string& name) {
    return sh(TestAccounts::as(accounts.user(), "N=" + name + "; " + as_user));
  };
  EXPECT_THAT(break_as_user("deploy").out, HasSubstr("permission only root"));
  const pid_t own = sandbox->start_sh(
      TestAccounts::as(accounts.user(), "exec flock $L/board@10.0.0.2 sleep 1000"));
  ASSERT_TRUE(wait_until([&] { return rows("board").find("held") != std::string::npos; }));
  EXPECT_THAT(break_as_user("board"), Gives(0, "ok broke 1 hold of board\n"));
  EXPECT_NE(sh(TestAccounts::as(accounts.user(), "echo drain board >$L/.ctl")).status, 0);
  EXPECT_EQ(sh("flock -n $L/board@10.0.0.2 echo free").out, "free\n");
  end(own);
}

TEST_F(Marks, AUnitThatIsOfflineIsGivenToNobody) {
  EXPECT_THAT(ctl("offline board@%2Fdev%2FttyUSB0 PSU dead"),
              Gives(0, "ok board@%2Fdev%2FttyUSB0 is offline: PSU dead\n"));
  hold("board");
  EXPECT_THAT(sh("flock -n $L/board true"), Gives(1, ""));
  EXPECT_THAT(sh("flock -n $L/board@%2Fdev%2FttyUSB0 true"), Gives(1, ""));
  EXPECT_EQ(rows("board"),
            "/dev/ttyUSB0 offline - root - - PSU_dead\n10.0.0.2 held ex root flock 1 -\n");
  EXPECT_THAT(sh("cat $L/.json/board"), Gives(0, HasSubstr("\"reason\": \"PSU dead\"")));
  const pid_t waiter = wait_behind("board", "waited");
  EXPECT_THAT(ctl("online board@%2Fdev%2FttyUSB0"), Gives(0, HasSubstr("is online")));
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
}

TEST_F(Marks, ALockThatDrainsKeepsItsHolders) {
  const pid_t holder = hold("deploy");
  const pid_t waiter = wait_behind("deploy", "waited");
  EXPECT_THAT(ctl("drain deploy moving house"), Gives(0, "ok deploy is draining: moving house\n"));
  end(holder);
  ASSERT_TRUE(wait_until([&] { return rows("deploy").find("held") == std::string::npos; }));
  EXPECT_EQ(rows("deploy"),
            "- draining - root - - moving_house\ndeploy draining - - - - -\n"
            "- waiting ex root flock - -\n");
  EXPECT_THAT(sh("flock -n $L/deploy true"), Gives(1, ""));
  EXPECT_THAT(sh("flock -n $L/deploy,board sh -c 'cat $L/.mine/deploy,board'"),
              Gives(0, "board /dev/ttyUSB0\n"));
  EXPECT_THAT(ctl("undrain deploy"), Gives(0, HasSubstr("is given again")));
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
}

TEST_F(Marks, OutliveTheWorker) {
  hold("deploy");
  ctl("offline board@10.0.0.2 burnt");
  ctl("drain deploy");
  const std::string before = rows("board") + rows("deploy");
  sandbox->kill(sandbox->worker());
  EXPECT_TRUE(wait_until([&] { return rows("board") + rows("deploy") == before; }))
      << sandbox->status();
}

TEST_F(Marks, OutliveAStop) {
  ctl("offline board@%2Fdev%2FttyUSB0 PSU dead");
  ctl("drain deploy moving house");
  ctl("drain nightly");
  ctl("create nightly");
  ctl("drain nightly");
  const std::string before = rows("board") + rows("deploy") + rows("nightly");
  ::kill(sandbox->daemon(), SIGTERM);
  ASSERT_EQ(sandbox->wait_for_daemon(), 0);
  ASSERT_EQ(sandbox->start(), "");
  EXPECT_EQ(rows("board") + rows("deploy") + rows("nightly"), before);
  EXPECT_TRUE(sandbox->logs("deploy: draining, by uid 0: moving house")) << sandbox->log();
  ctl("undrain deploy");
  ctl("undrain nightly");
  ::kill(sandbox->daemon(), SIGTERM);
  ASSERT_EQ(sandbox->wait_for_daemon(), 0);
  ASSERT_EQ(sandbox->start(), "");
  EXPECT_EQ(rows("deploy") + rows("nightly"), "deploy free - - - - -\n");
}

class UnwritableMarks : public MountTest {
 protected:
  void SetUp() override { mount("state = /proc/version\n[deploy]\n"); }
};

TEST_F(UnwritableMarks, AreSaidToBeSo) {
  EXPECT_EQ(sh("echo drain deploy > $L/.ctl").status, 0);
  EXPECT_TRUE(sandbox->logs("offline and drain marks may not outlive a stop")) << sandbox->log();
  EXPECT_THAT(sh("flock -n $L/deploy true"), Gives(1, ""));
}

}  // namespace
}  // namespace lockfs::test
