// lockctl against a real daemon: what its own tests cannot play with a folder.
#include <signal.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "tests/e2e/served_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

class LockctlServed : public ServedTest {
 protected:
  Ran lockctl(const std::string& arguments) { return sh(LOCKCTL_PROGRAM " " + arguments); }
  pid_t start_lockctl(const std::string& arguments) {
    return sandbox->start_sh("exec " LOCKCTL_PROGRAM " " + arguments);
  }
};

TEST_F(LockctlServed, ShowsWhatTheFilesShow) {
  hold("burchtest");
  for (const std::string pair :
       {"status:status", "status --json:status.json", "show burchtest:burchtest",
        "show --json burchtest:.json/burchtest", "show $L/deploy:deploy"}) {
    const auto colon = pair.find(':');
    EXPECT_THAT(lockctl(pair.substr(0, colon)),
                Gives(0, sh("cat $L/" + pair.substr(colon + 1)).out))
        << pair;
  }
  EXPECT_THAT(lockctl("show nothing"), Gives(66, HasSubstr("there is no lock nothing")));
}

TEST_F(LockctlServed, ListsWhoHoldsWhat) {
  EXPECT_THAT(lockctl("list"), Gives(0, ""));
  const pid_t holder = hold("s3esk");
  EXPECT_EQ(sh(LOCKCTL_PROGRAM " list | awk 'NR == 2 { print $1, $2, $3, $4, $5 }'").out,
            "s3esk 10.0.0.1 ex root " + std::to_string(holder) + "\n");
  const auto list = nlohmann::json::parse(lockctl("list --json").out);
  ASSERT_EQ(list["holds"].size(), 1U);
  EXPECT_EQ(list["holds"][0]["lock"], "s3esk");
}

TEST_F(LockctlServed, FindsTheMount) {
  EXPECT_THAT(sh("unset LOCKFS_MOUNT; " LOCKCTL_PROGRAM " --mount $L show deploy | wc -l"),
              Gives(0, "2\n"));
  EXPECT_THAT(sh("unset LOCKFS_MOUNT; " LOCKCTL_PROGRAM " show $L/deploy | wc -l"),
              Gives(0, "2\n"));
  EXPECT_THAT(lockctl("--mount $D status"), Gives(66, HasSubstr("is not a lockfs mount")));
}

TEST_F(LockctlServed, TellsTheCommandWhatItGot) {
  const std::string echo =
      " -- sh -c 'echo $LOCKFS_LOCK $LOCKFS_UNITS; test $LOCKFS_TOKEN = $(awk "
      "\"\\$3 == \\\"held\\\" { print \\$10 }\" $L/$LOCKFS_LOCK)'";
  EXPECT_THAT(lockctl("run s3esk" + echo), Gives(0, "s3esk 10.0.0.1\n"));
  EXPECT_THAT(lockctl("run licence" + echo), Gives(0, "licence 1\n"));
  EXPECT_THAT(lockctl("run -s deploy" + echo), Gives(0, "deploy deploy\n"));
  EXPECT_THAT(lockctl("run fresh" + echo), Gives(0, "fresh fresh\n"));
}

TEST_F(LockctlServed, HasFlocksExitCodes) {
  EXPECT_THAT(lockctl("run deploy -- sh -c 'exit 42'"), Gives(42, ""));
  EXPECT_THAT(lockctl("run deploy -- sh -c 'kill -TERM $$'"), Gives(128 + SIGTERM, ""));
  EXPECT_THAT(lockctl("run deploy -- /no/such/program"), Gives(69, HasSubstr("/no/such/program")));
  EXPECT_THAT(lockctl("run deploy"), Gives(64, HasSubstr("the command to run is missing")));
  EXPECT_EQ(sh("flock -n $L/deploy true").status, 0);
  hold("deploy");
  EXPECT_THAT(lockctl("run -n deploy -- true"), Gives(1, ""));
  EXPECT_THAT(lockctl("run -n -E 9 deploy -- true"), Gives(9, ""));
  EXPECT_THAT(lockctl("run -w 0.1 deploy -- true"), Gives(1, HasSubstr("waiting for deploy")));
}

TEST_F(LockctlServed, SaysForWhomItWaits) {
  const pid_t holder = hold("deploy");
  const pid_t waiter = start_lockctl("run deploy -- true 2>$D/words");
  ASSERT_TRUE(becomes("deploy", "waiting", 1));
  EXPECT_THAT(sh("cat $D/words").out, HasSubstr("waiting for deploy (held by root, pid " +
                                                std::to_string(holder) + ", since 2"));
  end(holder);
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
}

TEST_F(LockctlServed, PassesSignalsOn) {
  const pid_t runner = start_lockctl(
      "run deploy -- sh -c 'trap \"exit 7\" TERM; touch $D/ready; "
      "while :; do sleep 0.02; done'");
  ASSERT_TRUE(wait_until([&] { return sh("test -e $D/ready").status == 0; }));
  ::kill(runner, SIGTERM);
  EXPECT_EQ(sandbox->wait_for(runner), 7);
  EXPECT_TRUE(becomes("deploy", "free", 1));
}

TEST_F(LockctlServed, KilledItLetsGo) {
  const pid_t runner = start_lockctl("run deploy -- sleep 1000");
  ASSERT_TRUE(becomes("deploy", "held", 1));
  ::kill(runner, SIGKILL);
  EXPECT_TRUE(becomes("deploy", "free", 1));
  end(runner);
}

TEST_F(LockctlServed, ACtrlCEndsItsWait) {
  hold("deploy");
  const pid_t waiter = start_lockctl("run deploy -- true");
  ASSERT_TRUE(becomes("deploy", "waiting", 1));
  ::kill(waiter, SIGINT);
  EXPECT_EQ(sandbox->wait_for(waiter), 128 + SIGINT);
  EXPECT_TRUE(becomes("deploy", "waiting", 0));
}

TEST_F(LockctlServed, ARemovedBoardIsToldInWords) {
  hold("deploy");
  const pid_t waiter = start_lockctl("run deploy -- true 2>$D/words");
  ASSERT_TRUE(becomes("deploy", "waiting", 1));
  EXPECT_EQ(reload("[s3esk]\n").status, 0);
  EXPECT_EQ(sandbox->wait_for(waiter), 65);
  EXPECT_THAT(sh("cat $D/words").out, HasSubstr("deploy was taken out of the configuration"));
}

TEST_F(LockctlServed, ADaemonThatLeavesIsToldInWords) {
  const pid_t holder = hold("deploy");
  const pid_t waiter = start_lockctl("run deploy -- true 2>$D/words");
  ASSERT_TRUE(becomes("deploy", "waiting", 1));
  ::kill(sandbox->daemon(), SIGTERM);
  EXPECT_EQ(sandbox->wait_for(waiter), 65);
  EXPECT_THAT(sh("cat $D/words").out, HasSubstr("is shutting down"));
  EXPECT_THAT(lockctl("run s3esk -- true"), Gives(65, HasSubstr("is shutting down")));
  end(holder);
  EXPECT_EQ(wait_for_end(), 0);
}

TEST_F(LockctlServed, HasTheProgramOnDiskTakeOver) {
  hold("deploy");
  const std::string before = sandbox->status();
  const pid_t old = sandbox->worker();
  EXPECT_THAT(lockctl("upgrade"), Gives(0, "the program on disk took over\n"));
  EXPECT_TRUE(wait_until([&] { return sandbox->has_another_worker(old); }));
  EXPECT_EQ(sandbox->status(), before);
}

TEST_F(LockctlServed, WhoMayNotIsToldInWords) {
  const TestAccounts accounts;
  open_to_all();
  EXPECT_EQ(reload("create = no\n[guarded]\nuser = root\n").status, 0);
  const auto as_user = [&](const std::string& arguments) {
    return sh(TestAccounts::as(accounts.user(), "$D/lockctl " + arguments));
  };
  ASSERT_EQ(sh("cp " LOCKCTL_PROGRAM " $D/lockctl").status, 0);
  EXPECT_THAT(as_user("run guarded -- true"), Gives(65, HasSubstr("you may not lock guarded")));
  EXPECT_THAT(as_user("run fresh -- true"), Gives(66, HasSubstr("you may not make one")));
  EXPECT_THAT(as_user("reload"), Gives(77, HasSubstr("only root")));
  EXPECT_THAT(as_user("upgrade"), Gives(77, HasSubstr("only root")));
  EXPECT_THAT(as_user("show guarded"), Gives(0, HasSubstr("guarded")));
}

}  // namespace
}  // namespace lockfs::test
