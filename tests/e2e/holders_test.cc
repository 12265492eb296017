// Who is shown as the holder: who opened the file; once that one is gone, who has it from that one.
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/served_test.h"
#include "tests/harness/locker.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

// What is left behind: it waits for $D/go, then looks and writes as the one who has the lock.
constexpr const char* child =
    "sh -c 'while [ ! -e $D/go ]; do sleep 0.05; done; cat $L/.mine/deploy > $D/mine; "
    "echo from_the_child > $L/deploy; touch $D/done; exec sleep 1000'";

class Holders : public ServedTest {
 protected:
  // A shell locks and ends; its child has the descriptor on. `by`: what the shell runs under.
  void leave_behind(const std::string& path, const std::string& by = "sh -c") {
    sandbox->start_sh("exec " + by + " \"exec 9>" + path + "; flock 9; " + child + " & exit\"");
    ASSERT_TRUE(wait_until([&] { return inherited("deploy"); })) << sandbox->status();
  }
  bool inherited(const std::string& name) {
    return sh("grep -q ' held .*\\[inherited\\] sh -c while' $L/" + name).status == 0;
  }
  nlohmann::json holder(const std::string& name) {
    return nlohmann::json::parse(sh("cat $L/.json/" + name).out)["units"][0]["holders"][0];
  }
};

TEST_F(Holders, WhoInheritsIsShownOnceTheOpenerIsGone) {
  leave_behind("$L/deploy");
  const auto claim = holder("deploy");
  EXPECT_TRUE(claim["inherited"]);
  EXPECT_EQ(claim["user"], "root");
  EXPECT_THAT(std::string(claim["command"]), testing::StartsWith("sh -c while"));
  EXPECT_THAT(sh("tr '\\0' ' ' < /proc/" + claim["pid"].dump() + "/cmdline"),
              Gives(0, HasSubstr("while")));
  Locker one;
  const int fd = one.open(sandbox->path("deploy"), O_RDWR);
  EXPECT_EQ(one.ask(fd, F_GETLK, F_WRLCK).l_pid, claim["pid"]);
}

TEST_F(Holders, WhoInheritsHasItForMineAndNotes) {
  leave_behind("$L/deploy");
  EXPECT_THAT(sh("cat $L/.mine/deploy"), FailsWith("No such file"));
  EXPECT_THAT(sh("echo x > $L/deploy"), FailsWith("not permitted"));
  EXPECT_EQ(sh("touch $D/go").status, 0);
  ASSERT_TRUE(wait_until([&] { return sh("test -e $D/done").status == 0; }));
  EXPECT_EQ(sh("cat $D/mine").out, "deploy\n");
  EXPECT_EQ(holder("deploy")["note"], "from_the_child");
}

// Whoever waits, reads or opens the file has it open too, and is not taken for the holder.
TEST_F(Holders, OthersThatHaveItOpenAreNotTakenForTheHolder) {
  sandbox->start_sh("exec 8<$L/deploy; touch $D/open; exec sleep 1001");
  ASSERT_TRUE(wait_until([&] { return sh("test -e $D/open").status == 0; }));
  leave_behind("$L/deploy");
  wait_behind("deploy", "next");
  wait_behind("deploy", "another", "-s");
  EXPECT_TRUE(inherited("deploy")) << sandbox->status();
  EXPECT_EQ(sh("grep -c inherited $L/status").out, "1\n") << sandbox->status();
}

TEST_F(Holders, AreFoundOnABoundMountInAnotherNamespace) {
  leave_behind("$D/bound/deploy",
               "unshare -m sh -c \"mkdir $D/bound; mount --bind $L $D/bound; exec \\\"\\$@\\\"\" - "
               "sh -c");
}

TEST_F(Holders, TheOpenerIsNotInherited) {
  hold("deploy");
  EXPECT_FALSE(holder("deploy")["inherited"]);
  EXPECT_EQ(sh("grep -c inherited $L/status").out, "0\n");
}

TEST_F(Holders, OpensThatAreHeldAreInheritedToo) {
  sandbox->start_sh("exec sh -c \"exec 9>$L/.hold/deploy; " + std::string(child) + " & exit\"");
  EXPECT_TRUE(wait_until([&] { return inherited("deploy"); })) << sandbox->status();
  EXPECT_EQ(holder("deploy")["via"], "hold");
}

TEST_F(Holders, AnOpenFilesFcntlLockIsInheritedToo) {
  Locker one;
  const int fd = one.open(sandbox->path("deploy"), O_RDWR);
  EXPECT_EQ(one.fcntl(fd, F_OFD_SETLK, F_WRLCK), 0);
  const pid_t heir = one.fork();
  EXPECT_EQ(holder("deploy")["pid"], one.pid());
  one.kill();
  EXPECT_TRUE(wait_until([&] { return holder("deploy")["inherited"] == true; }));
  EXPECT_EQ(holder("deploy")["pid"], heir);
  ::kill(heir, SIGKILL);
  EXPECT_TRUE(becomes("deploy", "free", 1));
}

}  // namespace
}  // namespace lockfs::test
