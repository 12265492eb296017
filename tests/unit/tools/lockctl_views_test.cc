// lockctl status, list and show, and which mount they are about.
#include <gmock/gmock.h>

#include "tests/unit/tools/lockctl_mount.h"

namespace lockfs {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(LockctlStatus, PrintsTheMountsStatusAsItIs) {
  const FakeMount mount;
  mount.write("status", "LOCK UNIT\ns3esk a\n");
  mount.write("status.json", "{}\n");
  EXPECT_EQ(mount({"status"}).out, "LOCK UNIT\ns3esk a\n");
  EXPECT_EQ(mount({"status", "--json"}).out, "{}\n");
  EXPECT_EQ(mount({"status"}).status, 0);
}

TEST(LockctlStatus, TakesTheMountFromTheCommandAndTheEnvironment) {
  const FakeMount mount;
  mount.write("status", "here\n");
  EXPECT_EQ(say({"status", "--mount", mount.path() + "/"}).out, "here\n");
  ::setenv("LOCKFS_MOUNT", mount.path().c_str(), 1);
  EXPECT_EQ(say({"status"}).out, "here\n");
  EXPECT_EQ(say({"status", "--mount", "/nowhere"}).status, 66);
  ::unsetenv("LOCKFS_MOUNT");
}

TEST(LockctlStatus, SaysThatAFolderIsNoMount) {
  const Said said = say({"status", "--mount", "/"});
  EXPECT_EQ(said.status, 66);
  EXPECT_EQ(said.err, "lockctl: / is not a lockfs mount\n");
}

TEST(LockctlStatus, FailsWhenItsOutputCannotBeWritten) {
  const FakeMount mount;
  mount.write("status", "text\n");
  std::ofstream out("/dev/full");
  std::ostringstream err;
  const std::vector<std::string> args = {"status", "--mount", mount.path()};
  EXPECT_EQ(lockctl(args, {out, err}), 74);
  EXPECT_EQ(err.str(), "lockctl: the output could not be written\n");
}

TEST(LockctlList, HasOneLineForEachHolder) {
  const FakeMount mount;
  auto noting = holder_json("jack", 4711, 91);
  noting.insert(1, R"("note": "back at 15:00", )");
  const auto board = lock_json(
      "burchtest", unit_json("192.168.124.51", noting) + "," + unit_json("192.168.124.53", ""));
  const auto named = lock_json("deploy", unit_json("deploy", holder_json("alice", 48, 92)));
  mount.write("status.json", R"({"locks": [)" + board + "," + named + "]}");
  const Said said = mount({"list"});
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(
      said.out,
      "LOCK       UNIT            MODE  USER   PID   SINCE                TOKEN  NOTE           "
      "COMMAND\n"
      "burchtest  192.168.124.51  ex    jack   4711  2026-11-21T10:04:02  91     back_at_15:00  "
      "sh flash.sh\n"
      "deploy     deploy          ex    alice  48    2026-11-21T10:04:02  92     -              "
      "sh flash.sh\n");
  EXPECT_THAT(mount({"list", "--json"}).out, HasSubstr("\"lock\": \"deploy\""));
}

TEST(LockctlList, PrintsNothingWhenNothingIsHeld) {
  const FakeMount mount;
  mount.write("status.json", R"({"locks": []})");
  EXPECT_EQ(mount({"list"}).status, 0);
  EXPECT_EQ(mount({"list"}).out, "");
  EXPECT_EQ(mount({"list", "--json"}).out, "{\n  \"holds\": []\n}\n");
}

TEST(LockctlList, EscapesWhatAHolderPutsIntoItsCommand) {
  const FakeMount mount;
  auto holder = holder_json("eve", 1, 1);
  holder.replace(holder.find("sh flash.sh"), 11, "a\\u001b[2J\\nb");
  mount.write("status.json", R"({"locks": [)" + lock_json("l", unit_json("u", holder)) + "]}");
  EXPECT_THAT(mount({"list"}).out, HasSubstr("a\\033[2J\\012b\n"));
}

TEST(LockctlList, RefusesJsonThatNoDaemonWrites) {
  const FakeMount mount;
  for (const char* text : {"", "[]", "{", R"({"locks": 3})", R"({"locks": [{"name": 1}]})"}) {
    mount.write("status.json", text);
    const Said said = mount({"list"});
    EXPECT_EQ(said.status, 74) << text;
    EXPECT_THAT(said.err, HasSubstr("is not what this version of lockctl can read")) << text;
  }
}

TEST(LockctlShow, PrintsALocksFileAndItsJson) {
  const FakeMount mount;
  mount.write("s3esk", "lines\n");
  mount.write(".json/s3esk", "{}\n");
  EXPECT_EQ(mount({"show", "s3esk"}).out, "lines\n");
  EXPECT_EQ(mount({"show", "--json", "s3esk"}).out, "{}\n");
  EXPECT_EQ(mount({"show", mount.path("s3esk")}).out, "lines\n");
}

TEST(LockctlShow, SaysThatThereIsNoSuchLock) {
  const FakeMount mount;
  const Said said = mount({"show", "s3esc"});
  EXPECT_EQ(said.status, 66);
  EXPECT_EQ(said.err, "lockctl: there is no lock s3esc on " + mount.path() + "\n");
}

TEST(LockctlShow, RefusesWhatCannotBeALock) {
  const FakeMount mount;
  for (const char* name : {"status", ".ctl", "-x", "a b", ""}) {
    EXPECT_EQ(mount({"show", "--", name}).status, 64) << name;
    EXPECT_EQ(mount({"show", name}).status, 64) << name;
  }
  EXPECT_THAT(mount({"show", "a+b"}).err, HasSubstr("names more than a plain lock"));
}

TEST(LockctlShow, RefusesAPathOutsideOfAnyMount) {
  const FakeMount mount;
  const Said said = mount({"show", "/usr/s3esk"});
  EXPECT_EQ(said.status, 66);
  EXPECT_EQ(said.err, "lockctl: /usr/s3esk is not a lock: /usr is not a lockfs mount\n");
}

TEST(LockctlCommandLine, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(say({}).status, 64);
  EXPECT_THAT(say({"frob"}).err, StartsWith("lockctl: there is no command \"frob\"\n"));
  EXPECT_EQ(say({"status", "--frob"}).status, 64);
  EXPECT_EQ(say({"status", "word"}).status, 64);
  EXPECT_EQ(say({"status", "--", "word"}).status, 64);
  EXPECT_EQ(say({"--mount"}).status, 64);
}

TEST(LockctlCommandLine, SaysWhatIsWrongWithIt) {
  const std::pair<std::vector<std::string>, std::string> complaints[] = {
      {{}, "say what to do"},
      {{"break"}, "say more: lockctl break NAME[@UNIT] [REASON...]"},
      {{"list", "extra"}, "\"extra\" is one word too many"},
      {{"drain", "a", "-why"}, "there is no option -why here"},
      {{"--json", "list"}, "there is no option --json here"},
      {{"break", "a", "--token", "0"}, "\"0\" is not a number from 1 on"},
      {{"run", "a", "-E", "300", "--", "b"}, "\"300\" is not an exit status, from 0 to 255"},
      {{"run", "a", "-w", "1m", "--", "b"}, "\"1m\" is not a number of seconds"},
      {{"run", "a", "--on-break", "x", "--", "b"}, "\"x\" is not a signal, such as TERM, nor none"},
      {{"run", "a", "make", "-j4"}, "put \"--\" before the command: lockctl run EXPR... -- CMD..."},
      {{"run", "a"}, "the command to run is missing: lockctl run EXPR... -- CMD..."}};
  for (const auto& [args, complaint] : complaints) {
    const Said said = say(args);
    EXPECT_EQ(said.status, 64) << complaint;
    EXPECT_EQ(said.err.substr(0, said.err.find('\n')), "lockctl: " + complaint);
  }
}

TEST(LockctlCommandLine, TellsAboutItself) {
  EXPECT_THAT(say({"--version"}).out, StartsWith("lockctl "));
  EXPECT_THAT(say({"--help"}).out, HasSubstr("check-config"));
  EXPECT_THAT(say({"run", "--help"}).out, HasSubstr("--conflict-exit-code"));
  EXPECT_EQ(say({"run", "--help"}).status, 0);
}

}  // namespace
}  // namespace lockfs
