// lockctl reload, upgrade and check-config.
#include <gmock/gmock.h>

#include "tests/unit/lockctl_mount.h"

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

TEST_F(LockctlCheckConfig, WarnsOfUnknownAccountsWhenLax) {
  const Said said = check("[b]\ngroup = no-such-group\n", {"--lax-accounts"});
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.err, "warning: " + file_ + ":2: unknown group \"no-such-group\"\n");
}

TEST_F(LockctlCheckConfig, WarnsOfKeysWithoutEffect) {
  EXPECT_EQ(check("[b]\nmax_hold = 30m\n").err,
            "warning: " + file_ + ":2: max_hold has no effect in this version\n");
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
