// lockctl's control commands, as the administrator and as somebody else gives them.
#include <nlohmann/json.hpp>

#include "tests/e2e/served_test.h"
#include "tests/harness/terminal.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

class LockctlControlServed : public ServedTest {
 protected:
  std::string config() const override {
    return "[burchtest]\naddress = 192.168.124.51\naddress = 192.168.124.53\n[deploy]\n[rig]\n"
           "address = /dev/ttyUSB0\n";
  }
  Ran lockctl(const std::string& arguments) { return sh(LOCKCTL_PROGRAM " " + arguments); }
};

TEST_F(LockctlControlServed, BreaksHolds) {
  hold("deploy");
  EXPECT_THAT(lockctl("break --token 99 deploy"), Gives(69, HasSubstr("does not stand any more")));
  EXPECT_THAT(lockctl("break --token 1 deploy gone home"), Gives(0, "broke 1 hold of deploy\n"));
  EXPECT_THAT(lockctl("break deploy"), Gives(69, "lockctl: nobody holds it: deploy\n"));
  EXPECT_THAT(lockctl("break nothing"), Gives(66, HasSubstr("there is no lock of that name")));
  EXPECT_THAT(lockctl("break --json nothing"), Gives(66, HasSubstr("\"code\": \"unknownboard\"")));
}

TEST_F(LockctlControlServed, TakesUnitsOfflineAndBack) {
  EXPECT_THAT(lockctl("offline rig@/dev/ttyUSB0 PSU dead"),
              Gives(0, "rig@%2Fdev%2FttyUSB0 is offline: PSU dead\n"));
  EXPECT_THAT(lockctl("run -n rig -- true"), Gives(1, ""));
  EXPECT_THAT(lockctl("run -w 0.1 rig -- true"),
              Gives(1, HasSubstr("waiting for rig (/dev/ttyUSB0 offline since 2")));
  EXPECT_THAT(lockctl("run -w 0.1 rig -- true"), Gives(1, HasSubstr(" by root: PSU dead)")));
  EXPECT_EQ(lockctl("online rig@/dev/ttyUSB0").status, 0);
  EXPECT_THAT(lockctl("online rig@/dev/ttyUSB0"), Gives(69, HasSubstr("is not offline")));
  EXPECT_THAT(lockctl("offline rig"), Gives(64, HasSubstr("usage: offline NAME@ADDRESS")));
  EXPECT_THAT(lockctl("offline rig@/dev/ttyUSB1"), Gives(66, HasSubstr("has no unit")));
  EXPECT_EQ(lockctl("run -n rig -- true").status, 0);
}

TEST_F(LockctlControlServed, DrainsLocks) {
  EXPECT_THAT(lockctl("drain deploy moving house"), Gives(0, "deploy is draining: moving house\n"));
  EXPECT_THAT(lockctl("run -w 0.1 deploy -- true"), Gives(1, HasSubstr("by root: moving house)")));
  const Terminal terminal(*sandbox);
  terminal.type("lockctl run deploy -- echo got it");
  EXPECT_TRUE(terminal.shows("\n  draining since "));
  EXPECT_EQ(lockctl("undrain deploy").status, 0);
  EXPECT_TRUE(terminal.shows("\ngot it\n%"));
}

TEST_F(LockctlControlServed, MakesAndRemovesLocks) {
  EXPECT_THAT(lockctl("create fresh"), Gives(0, "made lock fresh\n"));
  EXPECT_EQ(lockctl("create fresh").status, 75);
  const pid_t holder = hold("fresh");
  EXPECT_EQ(lockctl("remove fresh").status, 75);
  end(holder);
  EXPECT_TRUE(becomes("fresh", "free", 1));
  EXPECT_THAT(lockctl("remove $L/fresh"), Gives(0, "removed lock fresh\n"));
  EXPECT_EQ(lockctl("remove fresh").status, 66);
}

TEST_F(LockctlControlServed, ReadsTheConfigurationAgain) {
  sandbox->write_config("[deploy]\nfrob = 1\n");
  EXPECT_THAT(lockctl("reload"), Gives(78, HasSubstr(":2: unknown key \"frob\"")));
  const auto answer = nlohmann::json::parse(lockctl("reload --json").out);
  EXPECT_EQ(answer["code"], "config");
  sandbox->write_config("[deploy]\n");
  EXPECT_THAT(lockctl("reload"), Gives(0, HasSubstr("configuration reloaded: 1 lock")));
}

TEST_F(LockctlControlServed, SetsTheLogLevel) {
  EXPECT_THAT(lockctl("loglevel debug"), Gives(0, "log level debug\n"));
  EXPECT_THAT(lockctl("loglevel loud"), Gives(64, HasSubstr("a log level is trace, debug")));
}

TEST_F(LockctlControlServed, AnOrdinaryUserBreaksOwnHoldsAndNothingElse) {
  const TestAccounts accounts;
  open_to_all();
  ASSERT_EQ(sh("cp " LOCKCTL_PROGRAM " $D/lockctl").status, 0);
  const auto as_user = [&](const std::string& arguments) {
    return sh(TestAccounts::as(accounts.user(), "$D/lockctl " + arguments));
  };
  hold("deploy");
  for (const std::string command :
       {"break deploy", "offline rig@/dev/ttyUSB0", "online rig@/dev/ttyUSB0", "drain deploy",
        "undrain deploy", "create fresh", "remove fresh", "reload", "upgrade", "loglevel off"}) {
    EXPECT_THAT(as_user(command), Gives(77, HasSubstr("lockctl: only root"))) << command;
  }
  EXPECT_THAT(sh(TestAccounts::as(accounts.user(), "flock $L/rig $D/lockctl break rig")),
              Gives(0, "broke 1 hold of rig\n"));
}

}  // namespace
}  // namespace lockfs::test
