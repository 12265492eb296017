// Expressions as file names: sets, alternatives, picked addresses, several units, mixed modes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/e2e/gives.h"
#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

class Expressions : public MountTest {
 protected:
  void SetUp() override {
    mount(
        "[a]\n[b]\n[c]\n[pool]\naddress = 10.0.0.1\naddress = 10.0.0.2\naddress = 10.0.0.3\n"
        "[tty]\naddress = /dev/ttyUSB0\n");
  }
  // What a command finds that it holds while it does so.
  std::string mine(const std::string& expression) {
    return sh("flock '" + path(expression) + "' cat '" + path(".mine/" + expression) + "'").out;
  }
  std::string path(const std::string& name) const { return sandbox->path(name); }
};

TEST_F(Expressions, AllOfThemOrNothing) {
  EXPECT_EQ(mine("a+b"), "a a\nb b\n");
  const pid_t holder = hold("b");
  EXPECT_THAT(sh("flock -n $L/a+b true"), Gives(1, ""));
  const pid_t waiter = wait_behind("a+b", "both");
  EXPECT_THAT(sh("flock -n $L/c true"), Gives(0, ""));
  EXPECT_EQ(sh("grep -c ' waiting .*both' $L/status").out, "2\n") << "under each of its locks";
  EXPECT_EQ(sh("awk '$1 == \"a\" {print $3}' $L/status | sort | xargs").out, "free waiting\n");
  EXPECT_THAT(sh("flock -n $L/a true"), Gives(1, "")) << "it would overtake";
  end(holder);
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
}

TEST_F(Expressions, TheFirstThatIsFree) {
  EXPECT_EQ(mine("a,b"), "a a\n");
  const pid_t first = hold("a");
  EXPECT_EQ(mine("a,b"), "b b\n");
  const pid_t second = hold("b");
  const pid_t waiter = wait_behind("a,b", "either");
  end(second);
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
  EXPECT_THAT(sh("grep -c ' waiting ' $L/status"), Gives(1, "0\n"));
  end(first);
}

TEST_F(Expressions, OnePhysicalBoardOrSeveral) {
  EXPECT_EQ(mine("pool@10.0.0.2"), "pool 10.0.0.2\n");
  EXPECT_EQ(mine("tty@%2Fdev%2FttyUSB0"), "tty /dev/ttyUSB0\n");
  EXPECT_EQ(mine("pool=3"), "pool 10.0.0.1\npool 10.0.0.2\npool 10.0.0.3\n");
  hold("pool@10.0.0.2");
  EXPECT_THAT(sh("flock -n $L/pool@10.0.0.2 true"), Gives(1, ""));
  EXPECT_THAT(sh("flock -n $L/pool=2 true"), Gives(0, ""));
  EXPECT_THAT(sh("flock -n $L/pool=3 true"), Gives(1, ""));
}

TEST_F(Expressions, ModesCanBeMixed) {
  hold("a=shared+b");
  EXPECT_THAT(sh("flock -sn $L/a true"), Gives(0, ""));
  EXPECT_THAT(sh("flock -n $L/a true"), Gives(1, ""));
  EXPECT_THAT(sh("flock -sn $L/b true"), Gives(1, ""));
}

TEST_F(Expressions, MalformedOnesAndUnknownLocksAreToldApart) {
  for (const std::string name : {"a+", "a+a", "a,,b", "a=0", "a@", "a=many", "+a", "a+b,c+c"}) {
    EXPECT_THAT(sh("flock '" + path(name) + "' true"), FailsWith("Invalid argument")) << name;
    EXPECT_THAT(sh("cat '" + path(".mine/" + name) + "'"), FailsWith("Invalid argument")) << name;
  }
  for (const std::string name : {"a+nosuch", "pool@10.0.0.9", "pool=4", "nosuch=2"}) {
    EXPECT_THAT(sh("flock '" + path(name) + "' true"), FailsWith("No such file")) << name;
    EXPECT_THAT(sh("cat '" + path(".json/" + name) + "'"), FailsWith("No such file")) << name;
  }
}

TEST_F(Expressions, AreReadButNotListed) {
  EXPECT_EQ(sh("awk 'NR > 1 {print $1}' $L/a+b,c+a | xargs").out, "a b c\n");
  EXPECT_EQ(sh("ls $L | xargs").out, "a b c pool status status.json tty\n");
  EXPECT_THAT(sh("cat $L/.mine/a+b"), FailsWith("No such file"));
  EXPECT_THAT(sh("test -w $L/a+b"), Gives(0, ""));
}

TEST_F(Expressions, OutliveTheWorker) {
  const pid_t holder = hold("a+b");
  const pid_t waiter = wait_behind("b+c", "next");
  const std::string before = sandbox->status();
  sandbox->kill(sandbox->worker());
  EXPECT_EQ(sandbox->status(), before);
  EXPECT_THAT(sh("flock -n $L/a true"), Gives(1, ""));
  end(holder);
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
  EXPECT_EQ(mine("a+b"), "a a\nb b\n");
}

TEST_F(Expressions, GoWithAMemberThatIsTakenAway) {
  const pid_t holder = hold("a");
  const pid_t waiter = wait_behind("a+c", "both");
  sandbox->write_config("[a]\n[b]\n");
  EXPECT_THAT(sh("echo reload > $L/.ctl"), Gives(0, ""));
  EXPECT_NE(sandbox->wait_for(waiter), 0);
  EXPECT_THAT(sh("flock -n $L/a+c true"), FailsWith(""));
  EXPECT_THAT(sh("grep -c ' waiting ' $L/status"), Gives(1, "0\n"));
  end(holder);
  EXPECT_EQ(mine("a+b"), "a a\nb b\n");
}

}  // namespace
}  // namespace lockfs::test
