// A broken configuration is not mounted: every fault is told with its file and line. lockctl
// check-config says the same.
#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/gives.h"
#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

class ConfigErrors : public MountTest {
 protected:
  void SetUp() override { prepare(""); }
  Ran start() { return sh(LOCKFS_PROGRAM " $D/lockfs.conf $L"); }
  Ran check() { return sh(LOCKCTL_PROGRAM " check-config $D/lockfs.conf"); }
  void expect_not_mounted() { EXPECT_EQ(sh("grep \" $L \" /proc/self/mountinfo").status, 1); }
  void expect_refused(const std::string& text, const std::string& fault) {
    sandbox->write_config(text);
    const std::string located = sandbox->config_path() + fault;
    EXPECT_THAT(start(), Gives(1, HasSubstr("lockfs: " + located))) << text;
    EXPECT_THAT(check(), Gives(1, HasSubstr(located))) << text;
    expect_not_mounted();
  }
};

TEST_F(ConfigErrors, AreToldWithFileAndLine) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"creat = yes\n", ":1: unknown key \"creat\"; did you mean \"create\"?\n"},
      {"[a]\nadress = x\n", ":2: unknown key \"adress\"; did you mean \"address\"?\n"},
      {"address = x\n", ":1: \"address\" belongs in a section"},
      {"[a]\nlog = syslog\n", ":2: \"log\" is a key of the daemon"},
      {"[a]\naddress = x\n\n[b]\naddress = x\naddress = x\n",
       ":6: address \"x\" stands twice; first on line 2"},
      {"[a]\n[b]\n[a]\n", ":3: section [a] stands twice; first on line 1"},
      {"[]\n", ":1: the section has an empty name"},
      {"[a b]\n", ":1: \"a b\" cannot be a lock's name"},
      {"[status]\n", ":1: \"status\" cannot be a lock's name"},
      {"[a\n", ":1: no \"]\""},
      {"[a]\nnonsense\n", ":2: expected KEY = VALUE or [NAME], found \"nonsense\""},
      {"[a]\naddress =\n", ":2: address has no value"},
      {"[a]\nunits = many\n", ":2: bad value \"many\" for units"},
      {"[a]\nunits = 2\naddress = x\n", ":2: units cannot stand together with address"},
      {"stop_timeout = soon\n", ":1: bad value \"soon\" for stop_timeout"},
      {"max_waiters = 0\n", ":1: bad value \"0\" for max_waiters"},
      {"[a]\ngroup = no-such-group\n", ":2: "},
      {"[a]\nuser = no-such-user\n", ":2: "},
      {"admin_group = no-such-group\n[a]\n", ":1: "},
      {"create = no-such-group\n[a]\n", ":1: "},
      {"[a]\naddress = x\033[2J\n", ":2: the line has a control character, \"\\x1b\""},
  };
  for (const auto& [text, fault] : cases) expect_refused(text, fault);
}

TEST_F(ConfigErrors, AreToldAllAtOnce) {
  sandbox->write_config(
      "creat = yes\n[a]\nunits = 0\n[b]\naddress = x\naddress = x\ngroup = no-such-group\n");
  const Ran ran = start();
  for (const char* line : {":1: ", ":3: ", ":6: ", ":7: "}) {
    EXPECT_THAT(ran.out, HasSubstr(sandbox->config_path() + line));
  }
  EXPECT_EQ(ran.status, 1);
}

TEST_F(ConfigErrors, AFileThatCannotBeRead) {
  sh("rm $D/lockfs.conf");
  EXPECT_THAT(start(),
              Gives(1, "lockfs: " + sandbox->config_path() + ": No such file or directory\n"));
  sh("mkdir $D/lockfs.conf");
  EXPECT_THAT(start(), Gives(1, "lockfs: " + sandbox->config_path() + ": not a regular file\n"));
  sh("rmdir $D/lockfs.conf; mkfifo $D/lockfs.conf");
  EXPECT_THAT(start(), Gives(1, "lockfs: " + sandbox->config_path() + ": not a regular file\n"));
  expect_not_mounted();
}

TEST_F(ConfigErrors, MutexdaemonsSampleLoadsWhereItsGroupsAreOrNeedNotBe) {
  const std::string sample =
      "[burchtest]\naddress = 192.168.124.51\naddress = 192.168.124.53\naddress = 192.168.124.56\n"
      "group = no-jack\ngroup = root\n\n[s3esk]\naddress = 192.168.124.52\ngroup = root\n";
  expect_refused(sample, ":5: ");
  const std::string warning = "warning: " + sandbox->config_path() + ":5: ";
  EXPECT_THAT(sh(LOCKCTL_PROGRAM " check-config --lax-accounts $D/lockfs.conf"),
              Gives(0, HasSubstr(warning)));
  EXPECT_THAT(sh(LOCKFS_PROGRAM " --lax-accounts $D/lockfs.conf $L"), Gives(0, HasSubstr(warning)));
  EXPECT_EQ(sh("ls $L").out, "burchtest\ns3esk\nstatus\nstatus.json\n");
  EXPECT_THAT(sh("exec 9<>$L/.ctl; echo reload >&9; cat <&9"), Gives(0, HasSubstr("ok ")))
      << "lax too";
}

TEST_F(ConfigErrors, OtherSystemsTextFilesLoad) {
  sandbox->write_config(
      "\xEF\xBB\xBF; a comment\r\n[board]\r\n  address = 10.0.0.1\r\naddress=10.0.0.2 ; b\r\n");
  EXPECT_THAT(start(), Gives(0, ""));
  EXPECT_EQ(sh("awk 'NR > 1 { print $2 }' $L/board").out, "10.0.0.1\n10.0.0.2\n");
}

TEST_F(ConfigErrors, WhatHasNoEffectYetIsALocatedWarning) {
  sandbox->write_config("cluster = etcd:2379\n[a]\n");
  EXPECT_THAT(start(), Gives(0, HasSubstr("warning: " + sandbox->config_path() + ":1: ")));
}

}  // namespace
}  // namespace lockfs::test
