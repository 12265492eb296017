// A mount of an ordinary user's own, through fusermount3.
#include <optional>

#include "tests/e2e/gives.h"
#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

// /dev/fuse may be root's alone: in a mount namespace of the test's own another node stands over
// it.
class UserMount : public MountTest {
 protected:
  void SetUp() override {
    prepare("[deploy]\n");
    if (!sandbox) return;
    accounts.emplace();
    ASSERT_EQ(sh("chmod 755 $D; chown -R " + accounts->user() + " $D").status, 0);
  }
  // `own` is done by the user, then `other` by root; both may use double quotes only.
  Ran in_namespace(const std::string& own, const std::string& other = "true") {
    return sh(
        "unshare -m bash -c '\nmkdir $D/dev && mount -t tmpfs -o dev none $D/dev &&"
        " mknod -m 666 $D/dev/fuse c 10 229 && mount --bind $D/dev/fuse /dev/fuse || exit\n"
        "export HOME=$D XDG_CONFIG_HOME=$D/xdg XDG_STATE_HOME=$D/state\nunset STATE_DIRECTORY\n"
        "setpriv --reuid=" +
        accounts->user() + " --regid=nogroup --init-groups bash <<\"OWN\"\n" + own + "\nOWN\n" +
        other + "\n'");
  }

  std::optional<TestAccounts> accounts;
};

TEST_F(UserMount, LocksAndIsTheirsToCommand) {
  EXPECT_THAT(
      in_namespace(LOCKFS_PROGRAM " $D/lockfs.conf $L && flock $L/deploy echo locked && "
                                  "echo reload > $L/.ctl && cat $L/.ctl; stat -c %U $L/deploy; "
                                  "fusermount3 -u $L && echo unmounted"),
      Gives(0,
            "locked\nok configuration reloaded: 1 locks\n" + accounts->user() + "\nunmounted\n"));
}

TEST_F(UserMount, IsClosedToOthersAndSaysSo) {
  if (sh("grep -q ^user_allow_other /etc/fuse.conf").status == 0)
    GTEST_SKIP() << "open to others here";
  const Ran ran = in_namespace(LOCKFS_PROGRAM
                               " -f $D/lockfs.conf $L >$D/words 2>&1 & echo $! > $D/pid; "
                               "until test -e $L/deploy; do sleep 0.02; done",
                               "ls $L; " LOCKCTL_PROGRAM
                               " --mount $L status; kill $(cat $D/pid); "
                               "while grep -q \" $L \" /proc/self/mountinfo; do sleep 0.02; done");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, HasSubstr("Permission denied"));
  EXPECT_THAT(ran.out, HasSubstr("another user's mount"));
  EXPECT_THAT(sh("cat $D/words").out, HasSubstr("user_allow_other"));
}

TEST_F(UserMount, HasItsFilesUnderTheUsersFolders) {
  EXPECT_THAT(
      in_namespace(
          "mkdir $D/xdg; echo \"[own]\" > $D/xdg/lockfs.conf; " LOCKFS_PROGRAM
          " $L && ls $L; fusermount3 -u $L; find $D/state -type f ! -name \"*.new\" | wc -l"),
      Gives(0, "own\nstatus\nstatus.json\n1\n"));
}

TEST_F(UserMount, OnAFolderOfSomebodyElseIsRefused) {
  EXPECT_THAT(sh("mkdir $D/roots && chown root $D/roots"), Gives(0, ""));
  EXPECT_THAT(in_namespace(LOCKFS_PROGRAM " $D/lockfs.conf $D/roots; echo $?"),
              Gives(0, HasSubstr("\n1\n")));
}

}  // namespace
}  // namespace lockfs::test
