// Whoever comes by whichever door stands in the one queue of a lock: the mount, lockerd's protocol,
// mutexdaemon's socket and the older systems' tools.
#include <unistd.h>

#include "tests/e2e/lockerd_fixture.h"
#include "tests/e2e/served_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

class OneQueue : public ServedTest {
 protected:
  void SetUp() override {
    port_ = std::to_string(free_port());
    prepare("");
    if (sandbox == nullptr) return;
    doors_ = "listen = 127.0.0.1:" + port_ + "\nlisten_mutexdaemon = " + mutexdaemon_socket() +
             "\n[s3esk]\naddress = 10.0.0.1\n";
    sandbox->write_config(doors_);
    ASSERT_EQ(sandbox->start(), "");
  }
  std::string mutexdaemon_socket() const { return sandbox->folder() + "/mutexdaemon"; }
  std::string lockersh() const { return COMPAT "lockersh --dhost 127.0.0.1 --port " + port_ + " "; }
  // Starts what waits for s3esk; returns when it does.
  pid_t queue(const std::string& command) {
    const int before = count("s3esk", "waiting");
    const pid_t pid = sandbox->start_sh(command);
    EXPECT_TRUE(becomes("s3esk", "waiting", before + 1)) << command;
    return pid;
  }
  std::string board_request() {
    DoorClient client(mutexdaemon_socket());
    client.say("setuid " + std::to_string(::getuid()) + "\nboardrequest s3esk\nbye\n");
    return client.hear_all();
  }

  std::string port_;
  std::string doors_;
};

TEST_F(OneQueue, GrantsInTheOrderInWhichTheyCameThroughKillAndUpgrade) {
  const pid_t holder = hold("s3esk");
  const auto writes = [](const std::string& word) { return "echo " + word + " >> $D/order"; };
  DoorClient perl("127.0.0.1:" + port_);
  perl.say(lockerd_lines("perl", "s3esk", "LOCK", "block 1\n"));
  ASSERT_TRUE(becomes("s3esk", "waiting", 1));
  const std::vector<pid_t> others{
      queue("exec flock $L/s3esk sh -c '" + writes("flock") + "'"),
      queue("exec " + lockersh() + "--lock s3esk '" + writes("lockersh") + "'"),
      queue("exec " COMPAT "loto -w -L=s3esk -- sh -c '" + writes("loto") + "'"),
      queue("exec " LOCKCTL_PROGRAM " run s3esk -- sh -c '" + writes("lockctl") + "'")};
  EXPECT_THAT(board_request(), HasSubstr("error busy"));
  sandbox->kill(sandbox->worker());
  EXPECT_EQ(count("s3esk", "waiting"), 5);
  const pid_t before = sandbox->worker();
  EXPECT_EQ(sh("echo upgrade > $L/.ctl").status, 0);
  EXPECT_TRUE(wait_until([&] { return sandbox->has_another_worker(before); }));
  sandbox->kill(sandbox->worker());
  EXPECT_EQ(reload(doors_).status, 0);
  EXPECT_EQ(count("s3esk", "waiting"), 5);
  end(holder);
  std::string heard;
  while (!heard.ends_with("\n\n\n") && !perl.ended()) heard += perl.hear(1);
  EXPECT_THAT(heard, HasSubstr("print_obtained\nowner perl\nlocked 1\nlockname s3esk\n"));
  EXPECT_THAT(sh("cat $D/order 2>&1").out, HasSubstr("No such file"));
  EXPECT_THAT(board_request(), HasSubstr("error busy"));
  perl.say("UNLOCK\n");
  for (const pid_t pid : others) EXPECT_EQ(sandbox->wait_for(pid), 0);
  EXPECT_EQ(sh("cat $D/order").out, "flock\nlockersh\nloto\nlockctl\n");
  EXPECT_THAT(board_request(), HasSubstr("boardassign 10.0.0.1"));
}

TEST_F(OneQueue, EachShowsThroughWhichDoorItCame) {
  const pid_t shell = sandbox->start_sh("exec " + lockersh() + "--lock s3esk 'exec sleep 1000'");
  ASSERT_TRUE(becomes("s3esk", "held", 1));
  EXPECT_THAT(sh("cat $L/s3esk").out, HasSubstr(" lockerd "));
  EXPECT_EQ(sh("flock -n $L/s3esk true").status, 1);
  EXPECT_THAT(sh(COMPAT "loto -L=s3esk -- echo ran").out, HasSubstr("is busy"));
  EXPECT_THAT(board_request(), HasSubstr("error busy"));
  sandbox->kill(shell);  // and the command with it, or not: its lock is freed by autounlock
  EXPECT_TRUE(becomes("s3esk", "free", 1));
  DoorClient relay(mutexdaemon_socket());
  relay.say("setuid " + std::to_string(::getuid()) + "\nboardrequest s3esk\n");
  const std::string assigned = "boardassign 10.0.0.1\n";
  EXPECT_EQ(relay.hear(assigned.size()), assigned);
  EXPECT_THAT(sh("cat $L/s3esk").out, HasSubstr(" mutexdaemon "));
  EXPECT_EQ(sh("flock -n $L/s3esk true").status, 1);
  sandbox->kill(sandbox->worker());
  EXPECT_EQ(sh("flock -n $L/s3esk true").status, 1);
  relay.hang_up();
  EXPECT_TRUE(becomes("s3esk", "free", 1));
}

TEST_F(OneQueue, LockershGivesTheCommandsStatusAndListsTheLocks) {
  EXPECT_THAT(sh(lockersh() + "--lock one:s3esk 'exit 42'").status, 42);
  EXPECT_THAT(sh(lockersh() + "--lock one '" + lockersh() + "--locklist'").out, HasSubstr("one  "));
  hold("s3esk");
  EXPECT_THAT(sh(lockersh() + "--lock s3esk:other 'cat $L/other'").out, HasSubstr(" lockerd "));
  const Ran nobody_there = sh(COMPAT "lockersh --dhost 127.0.0.1 --port " +
                              std::to_string(free_port()) + " --lock s3esk 'echo ran' 2>&1");
  EXPECT_NE(nobody_there.status, 0);
  EXPECT_EQ(nobody_there.out.find("ran\n"), std::string::npos) << nobody_there.out;
}

}  // namespace
}  // namespace lockfs::test
