// Opening to hold: .hold/NAME is held as long as it is open.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/e2e/gives.h"
#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

class Hold : public MountTest {
 protected:
  void SetUp() override { mount("[a]\n[b]\n[pool]\naddress = 10.0.0.1\naddress = 10.0.0.2\n"); }
  // Runs a command that opens to hold; returns when it holds, or waits.
  pid_t start(const std::string& command, const std::string& state) {
    const pid_t pid = sandbox->start_sh(command);
    EXPECT_TRUE(wait_until([&] { return states("hold").find(state) != std::string::npos; }))
        << sandbox->status();
    return pid;
  }
  // Of whatever came through one door.
  std::string states(const std::string& via) {
    return sh("awk '$8 == \"" + via + "\" {print $1, $3, $4}' $L/status").out;
  }
  std::string order() { return sh("cat $D/order").out; }
};

TEST_F(Hold, AnOpenDescriptorHolds) {
  EXPECT_EQ(sh("exec 9<>$L/.hold/pool; read -r board <&9; echo $board; cat $L/.mine/pool").out,
            "10.0.0.1\n10.0.0.1\n");
  const pid_t holder = start("exec 9>$L/.hold/a; exec sleep 1000 9>&9", "a held ex");
  EXPECT_THAT(sh("flock -n $L/a true"), Gives(1, "")) << "both doors lock the same";
  EXPECT_THAT(sh("awk '$1 == \"a\" {print $12}' $L/status"), Gives(0, HasSubstr("sleep")));
  end(holder);
  EXPECT_TRUE(wait_until([&] { return states("hold").empty(); }));
  EXPECT_THAT(sh("flock -n $L/a true"), Gives(0, ""));
}

TEST_F(Hold, ReadersShare) {
  start("exec 9<$L/.hold/a; exec sleep 1000 9<&9", "a held sh");
  EXPECT_THAT(sh("exec 9<$L/.hold/a; cat <&9"), Gives(0, "a\n"));
  EXPECT_THAT(sh("flock -sn $L/a true"), Gives(0, ""));
  EXPECT_THAT(sh("flock -n $L/a true"), Gives(1, ""));
}

TEST_F(Hold, WithoutBlockingItOnlyTries) {
  const pid_t holder = hold("a");
  EXPECT_EQ(::open(sandbox->path(".hold/a").c_str(), O_RDWR | O_NONBLOCK), -1);
  EXPECT_EQ(errno, EAGAIN);
  end(holder);
  EXPECT_TRUE(wait_until([&] { return sh("flock -n $L/a true").status == 0; }));
  const int fd = ::open(sandbox->path(".hold/a").c_str(), O_RDWR | O_NONBLOCK);
  EXPECT_GE(fd, 0);
  ::close(fd);
}

TEST_F(Hold, WaitsInTheOneQueue) {
  const pid_t holder = hold("a");
  const pid_t first = start("exec 9>$L/.hold/a; echo first >> $D/order", "a waiting ex");
  const pid_t second = wait_behind("a", "second >> $D/order");
  end(holder);
  EXPECT_EQ(sandbox->wait_for(first), 0);
  EXPECT_EQ(sandbox->wait_for(second), 0);
  EXPECT_TRUE(wait_until([&] { return states("hold").empty(); }));
}

TEST_F(Hold, AWaitEndsWithASignal) {
  hold("a");
  for (const int number : {SIGTERM, SIGKILL}) {
    const pid_t waiter = start("exec 9>$L/.hold/a", "a waiting ex");
    ::kill(waiter, number);
    EXPECT_EQ(sandbox->wait_for(waiter), 128 + number);
    EXPECT_TRUE(wait_until([&] { return states("hold").empty(); })) << sandbox->status();
  }
}

TEST_F(Hold, ExpressionsTellWhatTheyGave) {
  EXPECT_THAT(sh("exec 9<>$L/.hold/a+pool; cat <&9"), Gives(0, "a a\npool 10.0.0.1\n"));
  hold("a");
  EXPECT_THAT(sh("exec 9<>$L/.hold/a,b; cat <&9; cat $L/.mine/a,b"), Gives(0, "b b\nb b\n"));
  EXPECT_THAT(sh("exec 9<>$L/.hold/a+a"), FailsWith("Invalid argument"));
  EXPECT_THAT(sh("exec 9<>$L/.hold/a+nosuch"), FailsWith("No such file"));
}

TEST_F(Hold, ANewNameMakesADynamicLock) {
  EXPECT_THAT(sh("exec 9<>$L/.hold/fresh; cat <&9; awk '$1 == \"fresh\" {print $3}' $L/status"),
              Gives(0, "fresh\nheld\n"));
  EXPECT_TRUE(wait_until([&] { return sh("ls $L | grep -c fresh").out == "0\n"; }));
  EXPECT_THAT(sh("exec 9<$L/.hold/fresh"), FailsWith("No such file"));
  EXPECT_THAT(sh("exec 9<>$L/.hold/-x"), FailsWith("Invalid argument"));
}

// Opening with O_CREAT keeps the folder locked while the kernel asks whether the name is there.
TEST_F(Hold, WhoeverWaitsKeepsNobodyFromLookingUp) {
  hold("fresh");
  const pid_t waiter = start("exec 9<>$L/.hold/fresh", "fresh waiting ex");
  EXPECT_THAT(sh("exec 9<>$L/.hold/other; cat <&9"), Gives(0, "other\n"));
  EXPECT_THAT(sh("stat -c %F $L/.hold/b; test -w $L/.hold/b"), Gives(0, HasSubstr("regular")));
  ::kill(waiter, SIGKILL);
}

// The kernel repeats the look-up once only.
TEST_F(Hold, ADynamicLockThatComesAndGoesCanAlwaysBeOpened) {
  const std::string open_often =
      "for i in $(seq 300); do exec 9<>$L/.hold/fresh || exit 1; exec 9>&-; done";
  const std::string command = "(" + open_often + ") & a=$!; (" + open_often + ") & b=$!; (" +
                              open_often + ") & wait $a && wait $b && wait $!";
  EXPECT_THAT(sh(command), Gives(0, ""));
}

TEST_F(Hold, IsReadFromTheStartAgain) {
  EXPECT_THAT(sh("exec 9<>$L/.hold/a; cat <&9; echo note >&9; cat <&9"), Gives(0, "a\na\n"));
}

TEST_F(Hold, CannotBeLockedBesides) {
  EXPECT_THAT(sh("flock $L/.hold/a true"), FailsWith("not supported"));
}

TEST_F(Hold, OutlivesTheWorker) {
  const pid_t holder = start("exec 9>$L/.hold/a; exec sleep 1000 9>&9", "a held ex");
  const pid_t waiter = start("exec 9>$L/.hold/a; cat $L/.mine/a", "a waiting ex");
  const std::string before = sandbox->status();
  sandbox->kill(sandbox->worker());
  EXPECT_EQ(sandbox->status(), before);
  end(holder);
  EXPECT_EQ(sandbox->wait_for(waiter), 0);
  EXPECT_TRUE(wait_until([&] { return states("hold").empty(); }));
}

TEST_F(Hold, EndsWithARemovedLock) {
  const pid_t holder = hold("a");
  const pid_t waiter = start("exec 9>$L/.hold/a", "a waiting ex");
  sandbox->write_config("[b]\n");
  EXPECT_THAT(sh("echo reload > $L/.ctl"), Gives(0, ""));
  EXPECT_NE(sandbox->wait_for(waiter), 0);
  EXPECT_THAT(states("hold"), "");
  end(holder);
}

}  // namespace
}  // namespace lockfs::test
