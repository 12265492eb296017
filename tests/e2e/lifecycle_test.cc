// Starting, going to the background, leaving; wrong command lines and configurations.
#include <signal.h>

#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

class Lifecycle : public MountTest {
 protected:
  // Runs the program with what would be its arguments; $C is the configuration.
  Ran lockfs(const std::string& arguments) {
    return sh("C=" + sandbox->config_path() + "; " LOCKFS_PROGRAM " " + arguments);
  }
  bool mounted() { return sh("grep -q \" $L \" /proc/self/mountinfo").status == 0; }
};

TEST_F(Lifecycle, GoesToTheBackgroundOnceMounted) {
  prepare("[deploy]\nlog = x\n");
  if (!sandbox) return;
  sandbox->write_config("[deploy]\n");
  EXPECT_EQ(lockfs("--pid-file $D/pid $C $L && flock $L/deploy true && test -s $D/pid").status, 0);
  EXPECT_TRUE(mounted());
  EXPECT_EQ(sh("kill -TERM $(cat $D/pid)").status, 0);
  EXPECT_TRUE(wait_until([&] { return !mounted() && sandbox->worker() == 0; }));
  EXPECT_TRUE(wait_until([&] { return sh("test -e $D/pid").status == 1; }));
}

TEST_F(Lifecycle, LogsToAFile) {
  prepare("");
  if (!sandbox) return;
  sandbox->write_config("log = " + sandbox->folder() + "/own.log\n[deploy]\n");
  EXPECT_EQ(lockfs("$C $L && echo create x > $L/.ctl").status, 0);
  EXPECT_TRUE(wait_until([&] { return sh("grep -q 'create x' $D/own.log").status == 0; }));
}

TEST_F(Lifecycle, SaysItsVersionAndHelp) {
  prepare("");
  if (!sandbox) return;
  EXPECT_EQ(lockfs("--version").out.rfind("lockfs ", 0), 0U);
  EXPECT_EQ(lockfs("--help").status, 0);
  EXPECT_EQ(lockfs("").status, 2);
  EXPECT_EQ(lockfs("--nonsense $L").status, 2);
}

TEST_F(Lifecycle, RefusesWhatItCannotMountOn) {
  prepare("[deploy]\n");
  if (!sandbox) return;
  EXPECT_NE(lockfs("$C $D/nowhere").out.find("No such file"), std::string::npos);
  EXPECT_NE(lockfs("$C $C").out.find("not a folder"), std::string::npos);
  EXPECT_EQ(lockfs("$C $L").status, 0);
  EXPECT_NE(lockfs("$C $L").out.find("mounted there already"), std::string::npos);
}

TEST_F(Lifecycle, RefusesABrokenConfigurationWithEveryFaultLocated) {
  prepare("[deploy]\naddress = 1\naddress = 1\ncolour = red\n[]\n");
  if (!sandbox) return;
  const Ran ran = lockfs("$C $L");
  EXPECT_EQ(ran.status, 1);
  for (const char* line : {"lockfs.conf:3:", "lockfs.conf:4:", "lockfs.conf:5:"}) {
    EXPECT_NE(ran.out.find(line), std::string::npos) << ran.out;
  }
  EXPECT_FALSE(mounted());
}

TEST_F(Lifecycle, UnknownAccountsAreErrorsUnlessLax) {
  prepare("[burchtest]\naddress = 192.168.124.51\ngroup = no_such_group_here\n");
  if (!sandbox) return;
  EXPECT_NE(lockfs("$C $L").out.find("lockfs.conf:3:"), std::string::npos);
  const Ran lax = lockfs("--lax-accounts $C $L");
  EXPECT_EQ(lax.status, 0);
  EXPECT_NE(lax.out.find("warning"), std::string::npos);
}

TEST_F(Lifecycle, LeavesWhenNobodyUsesIt) {
  mount("[deploy]\n", {"--timeout", "1"});
  if (!sandbox) return;
  EXPECT_EQ(sandbox->wait_for_daemon(), 0);
  EXPECT_FALSE(mounted());
}

TEST_F(Lifecycle, StopsInGoodOrder) {
  mount("[deploy]\n[other]\n");
  if (!sandbox) return;
  const pid_t holder = hold("deploy");
  const pid_t waiter = wait_behind("deploy", "waits");
  ::kill(sandbox->daemon(), SIGTERM);
  EXPECT_EQ(sandbox->wait_for(waiter), 65);  // flock(1)'s for ECANCELED
  EXPECT_NE(sh("flock $L/other true").out.find("canceled"), std::string::npos);
  EXPECT_TRUE(sandbox->status_has(" held "));
  end(holder);
  EXPECT_EQ(sandbox->wait_for_daemon(), 0);
  EXPECT_FALSE(mounted());
}

TEST_F(Lifecycle, ASecondTermEndsItNow) {
  mount("[deploy]\n");
  if (!sandbox) return;
  hold("deploy");
  ::kill(sandbox->daemon(), SIGTERM);
  EXPECT_TRUE(sandbox->logs("stopping"));
  ::kill(sandbox->daemon(), SIGTERM);
  EXPECT_EQ(sandbox->wait_for_daemon(), 0);
  EXPECT_TRUE(sandbox->logs("cut off: deploy")) << sandbox->log();
}

TEST_F(Lifecycle, UmountIsBusyWhileHeldAndEndsIt) {
  mount("[deploy]\n");
  if (!sandbox) return;
  const pid_t holder = hold("deploy");
  EXPECT_NE(sh("umount $L").out.find("busy"), std::string::npos);
  end(holder);
  EXPECT_TRUE(wait_until([&] { return sh("umount $L").status == 0; }));
  EXPECT_EQ(sandbox->wait_for_daemon(), 0);
}

TEST_F(Lifecycle, MountsThroughMount) {
  prepare("[deploy]\n");
  if (!sandbox) return;
  // mount(8) finds lockfs in the system's folders: ours takes the place of one, for this test
  // alone.
  const Ran ran =
      sh("mkdir $D/bin && ln -s " LOCKFS_PROGRAM
         " $D/bin/lockfs && unshare -m bash -c 'mount --bind $D/bin /usr/local/bin && "
         "mount -t fuse.lockfs $D/lockfs.conf $L -o defaults,nodev && ls $L; umount $L'");
  EXPECT_EQ(ran.out, "deploy\nstatus\nstatus.json\n");
}

TEST_F(Lifecycle, AnOrdinaryUserMountsForHimself) {
  prepare("[deploy]\n");
  if (!sandbox) return;
  const TestAccounts accounts;
  // /dev/fuse may be root's own: another node over it, in a mount namespace of our own.
  const Ran ran = sh("chmod 755 $D; chown " + accounts.user() +
                     " $L; unshare -m bash -c '"
                     "mknod -m 666 $D/fuse c 10 229 && mount --bind $D/fuse /dev/fuse && "
                     "setpriv --reuid=" +
                     accounts.user() +
                     " --regid=nogroup --init-groups bash -c \"" LOCKFS_PROGRAM
                     " $D/lockfs.conf $L && flock $L/deploy echo locked; "
                     "echo reload > $L/.ctl && cat $L/.ctl; fusermount3 -u $L\"'");
  EXPECT_NE(ran.out.find("locked\nok configuration reloaded"), std::string::npos) << ran.out;
}

class Lockctl : public MountTest {
 protected:
  void SetUp() override { mount("[board]\naddress = 10.0.0.1\n[deploy]\n"); }
  Ran lockctl(const std::string& arguments) { return sh(LOCKCTL_PROGRAM " " + arguments); }
};

TEST_F(Lockctl, ShowsAndReloads) {
  hold("deploy");
  EXPECT_EQ(lockctl("status").out, sandbox->status());
  EXPECT_NE(lockctl("list").out.find("deploy"), std::string::npos);
  EXPECT_NE(lockctl("show deploy").out.find(" held "), std::string::npos);
  EXPECT_EQ(lockctl("reload").status, 0);
  EXPECT_EQ(lockctl("check-config " + sandbox->config_path()).status, 0);
}

TEST_F(Lockctl, RunsACommandUnderALock) {
  EXPECT_EQ(
      lockctl("run board -- sh -c 'echo $LOCKFS_LOCK $LOCKFS_UNITS; test $LOCKFS_TOKEN -gt 0'").out,
      "board 10.0.0.1\n");
  EXPECT_EQ(lockctl("run board -- sh -c 'exit 9'").status, 9);
  hold("deploy");
  EXPECT_EQ(lockctl("run -n deploy -- true").status, 1);
  EXPECT_EQ(lockctl("run -w 0.1 -E 42 deploy -- true").status, 42);
}

}  // namespace
}  // namespace lockfs::test
