// util-linux's flock in all its forms, and the other programs that call flock(2), on every kind of
// lock.
#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

constexpr const char* flock_forms_config =
    "[board]\naddress = 10.0.0.1\naddress = 10.0.0.2\n[deploy]\n[licence]\nunits = 2\n";

class FlockForms : public MountTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    mount(flock_forms_config);
    if (!sandbox) return;
    // A dynamic lock is there while somebody has it open: `<` alone makes none.
    sandbox->start_sh("exec 7>>$L/" + std::string(GetParam()) + "; sleep 1000");
    ASSERT_TRUE(
        wait_until([&] { return sh("test -e $L/" + std::string(GetParam())).status == 0; }));
  }
  // The command with its lock's file as $F.
  Ran on(const std::string& command) {
    return sh("F=$L/" + std::string(GetParam()) + "; " + command);
  }
};

TEST_P(FlockForms, RunsACommand) {
  EXPECT_EQ(on("flock $F echo locked").out, "locked\n");
  EXPECT_EQ(on("flock $F -c 'echo locked'").out, "locked\n");
  EXPECT_EQ(on("flock -x $F true && flock -s $F true && flock -e $F true").status, 0);
  EXPECT_EQ(on("flock $F sh -c 'exit 7'").status, 7);
}

TEST_P(FlockForms, LocksADescriptorHoweverItWasOpened) {
  for (const char* redirection : {"9<", "9>", "9<>", "9>>"}) {
    EXPECT_EQ(on("( flock 9 || exit 3; echo in ) " + std::string(redirection) + "$F").out, "in\n")
        << redirection;
    EXPECT_EQ(on("exec " + std::string(redirection) + "$F; flock -n 9 && flock -u 9").status, 0)
        << redirection;
  }
  EXPECT_EQ(on("( flock -n 9 || exit 1; true ) 9>$F").status, 0);
}

TEST_P(FlockForms, GivesUpWithoutForkAndWithClosedDescriptor) {
  EXPECT_EQ(on("flock -F $F echo x").out, "x\n");
  EXPECT_EQ(on("flock -o $F echo x").out, "x\n");
}

TEST_P(FlockForms, CountsDupAndForkAsOneOpen) {
  EXPECT_EQ(on("exec 9<$F; flock -n 9; exec 8<&9 9<&-; (flock -n 8); grep -cw held $F").out, "1\n");
}

TEST_P(FlockForms, OtherLanguages) {
  EXPECT_EQ(on("perl -e 'use Fcntl \":flock\"; open(my $f, \"<\", $ARGV[0]) or die $!; "
               "flock($f, LOCK_EX) or die $!; print \"perl\\n\"' $F")
                .out,
            "perl\n");
  EXPECT_EQ(on("python3 -c 'import fcntl,os,sys; f=os.open(sys.argv[1], "
               "os.O_RDWR|os.O_CREAT|os.O_TRUNC); fcntl.flock(f, fcntl.LOCK_EX|fcntl.LOCK_NB); "
               "print(\"python\")' $F")
                .out,
            "python\n");
}

INSTANTIATE_TEST_SUITE_P(EveryKind, FlockForms,
                         testing::Values("board", "deploy", "licence", "made_by_opening"));

class Flock : public MountTest {
 protected:
  void SetUp() override { mount(flock_forms_config); }
};

TEST_F(Flock, FailsAtOnceWhenAskedTo) {
  hold("deploy");
  EXPECT_EQ(sh("flock -n $L/deploy true").status, 1);
  EXPECT_EQ(sh("flock -n -E 42 $L/deploy true").status, 42);
  EXPECT_EQ(sh("flock -n -s $L/deploy true").status, 1);
}

TEST_F(Flock, GivesUpAfterATime) {
  hold("deploy");
  EXPECT_EQ(sh("flock -w 0.1 $L/deploy true").status, 1);
  EXPECT_EQ(sh("flock -w 0.1 -E 42 $L/deploy true").status, 42);
  EXPECT_FALSE(sandbox->status_has(" waiting "));
}

TEST_F(Flock, SharersShareAndExcludeWriters) {
  hold("deploy", "-s");
  EXPECT_EQ(sh("flock -s -n $L/deploy true").status, 0);
  EXPECT_EQ(sh("flock -x -n $L/deploy true").status, 1);
}

TEST_F(Flock, ConvertsAndKeepsTheUnit) {
  EXPECT_EQ(sh("exec 9<$L/board; flock -s 9; a=$(cat $L/.mine/board); flock -x 9; "
               "b=$(cat $L/.mine/board); flock -s 9; c=$(cat $L/.mine/board); "
               "[ \"$a\" = \"$b\" ] && [ \"$b\" = \"$c\" ]")
                .status,
            0);
}

TEST_F(Flock, FailedConversionHasLostTheOldLock) {
  hold("deploy", "-s");
  EXPECT_EQ(sh("exec 9<$L/deploy; flock -s 9; flock -n -x 9; grep -cw held $L/deploy").out, "1\n");
}

TEST_F(Flock, TryingStraightAfterManyClosesSucceeds) {
  EXPECT_EQ(
      sh("for round in 1 2 3 4 5 6 7 8 9 10; do "
         "for i in $(seq 30); do exec {fd}<$L/deploy; flock -s $fd; eval \"exec $fd<&-\"; done; "
         "flock -n $L/deploy true || exit 1; done")
          .status,
      0);
}

}  // namespace
}  // namespace lockfs::test
