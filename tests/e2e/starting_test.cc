// Starting lockfs: going to the background, options, and everything that can be wrong before.
#include "tests/e2e/gives.h"
#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

class Starting : public MountTest {
 protected:
  void SetUp() override { prepare("[deploy]\n"); }
  Ran lockfs(const std::string& arguments) { return sh(LOCKFS_PROGRAM " " + arguments); }
  bool mounted() { return sh("grep -q \" $L \" /proc/self/mountinfo").status == 0; }
  void expect_refused(const std::string& arguments, int status, const std::string& words) {
    EXPECT_THAT(lockfs(arguments), Gives(status, HasSubstr(words))) << arguments;
    EXPECT_FALSE(mounted()) << arguments;
  }
};

// A shell waits for the end of what it substitutes.
TEST_F(Starting, LeavesTheTerminalAlone) {
  EXPECT_THAT(
      sh("said=$(" LOCKFS_PROGRAM " $D/lockfs.conf $L 2>&1 </dev/null | cat); echo \"[$said]\"; "
         "flock -n $L/deploy echo locked"),
      Gives(0, "[]\nlocked\n"));
  EXPECT_NE(sh("ps -o sid= -p " + std::to_string(sandbox->worker())).out,
            sh("ps -o sid= -p $$").out);
}

TEST_F(Starting, WritesWhoItIs) {
  EXPECT_THAT(lockfs("--pid-file $D/pid $D/lockfs.conf $L"), Gives(0, ""));
  EXPECT_EQ(sh("cat $D/pid").out, std::to_string(sandbox->keeper()) + "\n");
  EXPECT_EQ(sh("kill $(cat $D/pid)").status, 0);
  EXPECT_TRUE(wait_until([&] { return !mounted() && sh("test -e $D/pid").status == 1; }));
}

TEST_F(Starting, FailsBeforeItGoesToTheBackground) {
  expect_refused("$D/lockfs.conf $D/nowhere", 1, "No such file");
  expect_refused("$D/lockfs.conf $D/lockfs.conf", 1, "not a folder");
  expect_refused("-o no_such_option $D/lockfs.conf $L", 1,
                 "unknown option(s): `-o no_such_option'");
  expect_refused("'' $L", 2, "a path is empty");
  expect_refused("--pid-file /proc/nowhere/pid $D/lockfs.conf $L", 1, "/proc/nowhere/pid");
  sandbox->write_config("log = /proc/nowhere/log\n");
  expect_refused("$D/lockfs.conf $L", 1, "/proc/nowhere/log");
}

TEST_F(Starting, RefusesAWrongCommandLine) {
  expect_refused("", 2, "");
  expect_refused("a b c", 2, "");
  expect_refused("--timeout 0 $L", 2, "--timeout");
  expect_refused("--timeout soon $L", 2, "--timeout");
  expect_refused("--config $D/lockfs.conf $D/lockfs.conf $L", 2, "given twice");
}

TEST_F(Starting, TakesTheConfigurationInEachForm) {
  for (const char* form :
       {"$D/lockfs.conf $L", "--config $D/lockfs.conf $L", "-o config=$D/lockfs.conf,nodev $L",
        "none $L -o config=$D/lockfs.conf"}) {
    EXPECT_THAT(lockfs(form), Gives(0, "")) << form;
    EXPECT_EQ(sh("ls $L").out, "deploy\nstatus\nstatus.json\n") << form;
    EXPECT_TRUE(wait_until([&] { return sh("umount $L").status == 0; }));
  }
}

TEST_F(Starting, MakesItsMountPointIfAsked) {
  expect_refused("$D/lockfs.conf $D/deep/mnt", 1, "No such file");
  EXPECT_THAT(lockfs("-o X-mount.mkdir $D/lockfs.conf $D/deep/mnt"), Gives(0, ""));
  EXPECT_EQ(sh("flock -n $D/deep/mnt/deploy true").status, 0);
  EXPECT_TRUE(wait_until([&] { return sh("umount $D/deep/mnt").status == 0; }));
}

TEST_F(Starting, ARelativePathIsStillFoundAtAReload) {
  EXPECT_THAT(sh("cd $D && " LOCKFS_PROGRAM " lockfs.conf mnt"), Gives(0, ""));
  sandbox->write_config("[other]\n");
  EXPECT_THAT(sh("echo reload > $L/.ctl; cat $L/.ctl; ls $L"),
              Gives(0, "ok configuration reloaded: 1 locks\nother\nstatus\nstatus.json\n"));
}

TEST_F(Starting, MountsFromFstab) {
  sandbox->write_config("[deploy]\n[theirs]\ngroup = no-such-group\n");
  // mount(8) looks for lockfs in the system's folders only, of which this is one for the moment.
  EXPECT_THAT(sh("echo $D/lockfs.conf $L fuse.lockfs "
                 "noauto,nofail,lax_accounts,pid_file=$D/pid,x-own=1 0 0 > $D/fstab; "
                 "mkdir $D/bin; ln -s " LOCKFS_PROGRAM " $D/bin/lockfs; unshare -m bash -c '"
                 "mount --bind $D/bin /usr/local/bin && mount -T $D/fstab $L 2>$D/words; ls $L; "
                 "findmnt -n -o FSTYPE $L; test -s $D/pid && umount $L'"),
              Gives(0, "deploy\nstatus\nstatus.json\ntheirs\nfuse.lockfs\n"));
  EXPECT_THAT(sh("cat $D/words").out, HasSubstr("warning: "));
  EXPECT_TRUE(wait_until([&] { return sh("test -e $D/pid").status == 1; }));
}

TEST_F(Starting, PassesMountOptionsOn) {
  EXPECT_THAT(lockfs("-o noexec,nosuid -o noatime $D/lockfs.conf $L"), Gives(0, ""));
  const std::string options = sh("findmnt -n -o OPTIONS $L").out;
  for (const char* option : {"noexec", "nosuid", "noatime"})
    EXPECT_THAT(options, HasSubstr(option));
}

TEST_F(Starting, AFolderWithFilesIsCovered) {
  EXPECT_THAT(sh("touch $L/hidden; " LOCKFS_PROGRAM " $D/lockfs.conf $L; ls $L"),
              Gives(0, "deploy\nstatus\nstatus.json\n"));
}

TEST_F(Starting, TellsWhatItDoesWhereAsked) {
  ASSERT_EQ(sandbox->start({"-v"}), "");
  EXPECT_EQ(sh("flock $L/deploy true").status, 0);
  EXPECT_TRUE(sandbox->logs("deploy: ")) << sandbox->log();
  EXPECT_TRUE(sandbox->logs("mounted on " + sandbox->mount_point())) << sandbox->log();
}

TEST_F(Starting, ShowsEveryRequestWhereAsked) {
  ASSERT_EQ(sandbox->start({"-d"}), "");
  EXPECT_EQ(sh("flock $L/deploy true").status, 0);
  EXPECT_TRUE(sandbox->logs("LOOKUP")) << sandbox->log();
}

TEST_F(Starting, LogsToAFileWhoCommandedWhat) {
  sandbox->write_config("log = " + sandbox->folder() + "/own.log\n[deploy]\n");
  EXPECT_THAT(lockfs("$D/lockfs.conf $L"), Gives(0, ""));
  sh("echo reload > $L/.ctl; echo remove deploy > $L/.ctl");
  EXPECT_TRUE(wait_until([&] {
    const std::string log = sh("cat $D/own.log").out;
    return log.find("command \"reload\" by uid 0, process ") != std::string::npos &&
           log.find(": ok configuration reloaded") != std::string::npos &&
           log.find("command \"remove deploy\" by uid 0") != std::string::npos &&
           log.find(": permission ") != std::string::npos;
  })) << sh("cat $D/own.log").out;
}

}  // namespace
}  // namespace lockfs::test
