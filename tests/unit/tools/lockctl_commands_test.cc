// lockctl's control commands and check-config.
#include <gmock/gmock.h>

#include "tests/unit/tools/lockctl_mount.h"

namespace lockfs {
namespace {

using ::testing::HasSubstr;

TEST(LockctlReload, WritesTheCommandAndReadsTheAnswerFromOneDescriptor) {
  const FakeMount mount;
  // A plain file gives what stands behind the bytes just written.
  mount.write(".ctl", "-------ok configuration reloaded: 3 locks\n");
  const Said said = mount({"reload"});
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.out, "configuration reloaded: 3 locks\n");
  EXPECT_EQ(mount.read(".ctl").substr(0, 7), "reload\n");
}

TEST(LockctlUpgrade, WritesTheCommandAndReadsTheAnswerFromOneDescriptor) {
  const FakeMount mount;
  mount.write(".ctl", "--------ok the program on disk took over\n");
  const Said said = mount({"upgrade"});
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.out, "the program on disk took over\n");
  EXPECT_EQ(mount.read(".ctl").substr(0, 8), "upgrade\n");
}

TEST(LockctlReload, GivesTheErrnoWhereThereAreNoWords) {
  const FakeMount mount;
  std::filesystem::remove(mount.path(".ctl"));
  std::filesystem::create_symlink("/dev/full", mount.path(".ctl"));
  const Said said = mount({"reload"});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr("lockctl: "));
  EXPECT_EQ(said.out, "");
}

TEST(LockctlReload, SaysThatAFolderIsNoMount) {
  EXPECT_EQ(say({"reload", "--mount", "/proc/self"}).err,
            "lockctl: /proc/self is not a lockfs mount\n");
}

// The line that lockctl writes; a plain file keeps it.
std::string line_of(const std::vector<std::string>& args) {
  const FakeMount mount;
  mount(args);
  return mount.read(".ctl");
}

TEST(LockctlControl, WritesOneLine) {
  EXPECT_EQ(line_of({"break", "s3esk"}), "break s3esk\n");
  EXPECT_EQ(line_of({"break", "--token", "91", "s3esk@10.0.0.1", "hung", "since noon"}),
            "break s3esk@10.0.0.1 token=91 hung since noon\n");
  EXPECT_EQ(line_of({"break", "s3esk", "--", "--why", "-n"}), "break s3esk --why -n\n");
  EXPECT_EQ(line_of({"offline", "rig@/dev/ttyUSB0", "PSU dead"}),
            "offline rig@%2Fdev%2FttyUSB0 PSU dead\n");
  EXPECT_EQ(line_of({"online", "rig@%2Fdev%2FttyUSB0"}), "online rig@%2Fdev%2FttyUSB0\n");
  EXPECT_EQ(line_of({"drain", "s3esk", "moving"}), "drain s3esk moving\n");
  EXPECT_EQ(line_of({"undrain", "s3esk"}), "undrain s3esk\n");
  EXPECT_EQ(line_of({"create", "fresh"}), "create fresh\n");
  EXPECT_EQ(line_of({"remove", "fresh"}), "remove fresh\n");
  EXPECT_EQ(line_of({"loglevel", "debug"}), "loglevel debug\n");
}

TEST(LockctlControl, TakesThePathOfALocksFile) {
  const FakeMount mount;
  EXPECT_EQ(say({"create", "--mount", mount.path(), mount.path("fresh")}).status, 1);
  EXPECT_EQ(mount.read(".ctl"), "create fresh\n");
}

TEST(LockctlControl, WritesNothingThatIsWrong) {
  const std::vector<std::vector<std::string>> wrong = {{"break"},
                                                       {"break", ""},
                                                       {"break", "a+b"},
                                                       {"break", "a=2"},
                                                       {"break", "a\nb"},
                                                       {"offline", "a@"},
                                                       {"create", "a", "b"},
                                                       {"drain"},
                                                       {"break", "a", "x\nreload"},
                                                       {"break", "--token", "x", "a"},
                                                       {"break", "--token", "0", "a"},
                                                       {"break", "--token", "-1", "a"}};
  for (const auto& args : wrong) {
    const FakeMount mount;
    EXPECT_EQ(mount(args).status, 64) << args.back();
    EXPECT_EQ(mount.read(".ctl"), "") << args.back();
  }
}

TEST(LockctlControl, ExitsByTheAnswersCode) {
  const std::pair<std::string, int> codes[] = {
      {"ok", 0},           {"unknownboard", 66}, {"permission", 77}, {"busy", 75},
      {"unavailable", 69}, {"config", 78},       {"syntax", 64},     {"nonsense", 1}};
  for (const auto& [code, status] : codes) {
    const FakeMount mount;
    mount.write(".ctl", "-------" + code + " in words\n");
    const Said said = mount({"reload"});
    EXPECT_EQ(said.status, status);
    EXPECT_EQ(said.out, status == 0 ? "in words\n" : "");
    EXPECT_EQ(said.err, status == 0 ? "" : "lockctl: in words\n");
  }
}

TEST(LockctlControl, PrintsTheAnswerAsJson) {
  const FakeMount mount;
  mount.write(".ctl", "-------permission only \"root\"\n");
  const Said said = mount({"reload", "--json"});
  EXPECT_EQ(said.status, 77);
  EXPECT_EQ(said.out, "{\n  \"code\": \"permission\",\n  \"text\": \"only \\\"root\\\"\"\n}\n");
  EXPECT_EQ(said.err, "");
}

class LockctlCheckConfig : public ::testing::Test {
 protected:
  Said check(const std::string& text, std::vector<std::string> options = {}) {
    folder_.write("lockfs.conf", text);
    options.insert(options.begin(), {"check-config", file_});
    return say(options);
  }

  const FakeMount folder_;
  const std::string file_ = folder_.path("lockfs.conf");
};

TEST_F(LockctlCheckConfig, CountsWhatAGoodFileHas) {
  const Said said =
      check("[a]\naddress = x\n[b]\nunits = 3\n[c]\ndescription = C\n[d]\nuser = root\n");
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.out, "ok: 1 board, 1 counting lock, 2 named locks\n");
  EXPECT_EQ(said.err, "");
}

TEST_F(LockctlCheckConfig, ReportsEveryFaultAtItsLine) {
  const Said said = check("frob = 1\n[a]\nunits = none\n[b]\ngroup = no-such-group\n");
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(said.out, "");
  EXPECT_THAT(said.err, HasSubstr(file_ + ":1: unknown key \"frob\""));
  EXPECT_THAT(said.err, HasSubstr(file_ + ":3: bad value \"none\" for units"));
  EXPECT_THAT(said.err, HasSubstr(file_ + ":5: unknown group \"no-such-group\""));
}

TEST_F(LockctlCheckConfig, PrintsJson) {
  const Said bad = check("frob = 1\n[a]\n[b]\nunits = 2\n", {"--json"});
  EXPECT_EQ(bad.status, 1);
  EXPECT_EQ(bad.err, "");
  EXPECT_THAT(bad.out, HasSubstr("\"errors\": [\n    \"" + file_ + ":1: unknown key"));
  const Said good = check("[a]\n[b]\nunits = 2\n", {"--json"});
  EXPECT_EQ(good.status, 0);
  EXPECT_EQ(good.out,
            "{\n  \"errors\": [],\n  \"warnings\": [],\n  \"boards\": 0,\n"
            "  \"counting_locks\": 1,\n  \"named_locks\": 1\n}\n");
}

TEST_F(LockctlCheckConfig, WarnsOfUnknownAccountsWhenLax) {
  const Said said = check("[b]\ngroup = no-such-group\n", {"--lax-accounts"});
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.err, "warning: " + file_ + ":2: unknown group \"no-such-group\"\n");
}

TEST_F(LockctlCheckConfig, WarnsOfKeysWithoutEffect) {
  EXPECT_EQ(check("[b]\nscope = cluster\n").err,
            "warning: " + file_ + ":2: scope has no effect in this version\n");
}

TEST_F(LockctlCheckConfig, FailsForAFileThatCannotBeRead) {
  const Said said = say({"check-config", folder_.path("missing")});
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(said.err, folder_.path("missing") + ": No such file or directory\n");
  EXPECT_EQ(say({"check-config", folder_.path()}).status, 1);
  EXPECT_EQ(say({"check-config", ""}).status, 64);
  EXPECT_EQ(say({"check-config"}).status, 64);
}

}  // namespace
}  // namespace lockfs
