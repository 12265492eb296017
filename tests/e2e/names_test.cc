// Which names there are, which can be made, and which not.
#include "tests/e2e/served_test.h"

namespace lockfs::test {
namespace {

class Names : public ServedTest {
 protected:
  void SetUp() override {
    ServedTest::SetUp();
    if (sandbox) before_ = sh("ls -a $L").out;
  }
  void expect_nothing_new() { EXPECT_EQ(sh("ls -a $L").out, before_); }

 private:
  std::string before_;
};

TEST_F(Names, BadOnesAreRefusedAsSuch) {
  for (const std::string name : {"-x", ".x", "a b", "a\tb", "a;b", "a:b", "b\303\274hne", "a*"}) {
    EXPECT_THAT(sh(": > \"$L/" + name + "\""), FailsWith("Invalid argument")) << name;
    EXPECT_THAT(sh("flock \"$L/" + name + "\" true"), FailsWith("Invalid argument")) << name;
  }
  EXPECT_THAT(sh(": > $L/a/b"), FailsWith("No such file"));
  EXPECT_THAT(sh(": > $L/deploy/b"), FailsWith("Not a directory"));
  expect_nothing_new();
}

TEST_F(Names, HaveAtMostAHundredBytes) {
  const auto make = [](int length) {
    return "flock $L/$(printf '%0" + std::to_string(length) + "d' 0) echo made";
  };
  EXPECT_THAT(sh(make(100)), Gives(0, "made\n"));
  EXPECT_THAT(sh(make(101)), FailsWith("Invalid argument"));
  EXPECT_THAT(sh(make(1100)), FailsWith("File name too long"));
}

TEST_F(Names, ThoseNotListedAreThere) {
  EXPECT_THAT(sh("stat -c %F $L/.ctl $L/.json $L/.mine"),
              Gives(0, testing::MatchesRegex("regular( empty)? file\ndirectory\ndirectory\n")));
  EXPECT_THAT(sh("ls -A $L/.json $L/.mine | grep -v :"), Gives(0, "\n"));
  for (const std::string name : {".json/x", ".mine/x", ".event"}) {
    EXPECT_THAT(sh("cat $L/" + name), FailsWith("No such file")) << name;
  }
  EXPECT_THAT(sh(": > $L/.json/x"), FailsWith("Permission denied"));
  EXPECT_THAT(sh("mkdir $L/.json/x"), FailsWith("not permitted"));
  EXPECT_THAT(sh("rm $L/.ctl"), FailsWith("not permitted"));
}

TEST_F(Names, DifferInCase) {
  EXPECT_THAT(sh("flock $L/Deploy flock -n $L/deploy flock -n $L/DEPLOY echo all"),
              Gives(0, "all\n"));
}

TEST_F(Names, WithoutOCreatNothingIsMade) {
  EXPECT_THAT(sh("cat $L/nothing"), FailsWith("No such file"));
  EXPECT_THAT(sh("exec 9<$L/nothing"), FailsWith("No such file"));
  EXPECT_THAT(sh("stat $L/nothing"), FailsWith("No such file"));
  EXPECT_THAT(sh("touch -c $L/nothing; truncate -c -s 0 $L/nothing"), Gives(0, ""));
  EXPECT_THAT(sh("rm $L/nothing"), FailsWith("No such file"));
  expect_nothing_new();
}

TEST_F(Names, ADynamicLockStaysWhileSomebodyHasItOpen) {
  EXPECT_THAT(sh("exec 8>$L/fresh; ( exec 9>$L/fresh ); ls $L | grep -c fresh; rm $L/fresh"),
              FailsWith("1\n"));
  EXPECT_TRUE(wait_until([&] { return sh("test -e $L/fresh").status == 1; }));
  expect_nothing_new();
}

TEST_F(Names, AHolderCanWriteWhateverItLikes) {
  EXPECT_THAT(sh("for lock in deploy fresh; do flock $L/$lock sh -ec \"echo words > $L/$lock; "
                 "cp /bin/sh $L/$lock; dd if=/dev/zero of=$L/$lock bs=1M count=2 status=none; "
                 "dd if=/dev/zero of=$L/$lock bs=1 seek=4G count=1 status=none\" || exit; done"),
              Gives(0, ""));
  EXPECT_THAT(sh("for size in 0 1 100 1G; do truncate -s $size $L/deploy || exit; done; "
                 "touch -d yesterday $L/deploy && flock -n $L/deploy echo free"),
              Gives(0, "free\n"));
}

TEST_F(Names, AConfiguredLockRemovedByHandStays) {
  EXPECT_THAT(sh("rm $L/deploy"), FailsWith("not permitted"));
  hold("deploy");
  EXPECT_THAT(sh("rm -f $L/deploy"), FailsWith(""));
  EXPECT_EQ(count("deploy", "held"), 1);
  expect_nothing_new();
}

TEST_F(Names, ACreatedLockStaysUntilItIsRemoved) {
  EXPECT_EQ(
      sh("echo create depot > $L/.ctl; flock $L/depot true; flock $L/depot true; test -e $L/depot")
          .status,
      0);
  EXPECT_THAT(sh("exec 9<$L/depot; rm $L/depot"), FailsWith("busy"));
  EXPECT_THAT(sh("rm $L/depot && ! test -e $L/depot"), Gives(0, ""));
}

}  // namespace
}  // namespace lockfs::test
