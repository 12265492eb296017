// An ordinary user does what they can to the others' locks, to the files that everybody reads and
// to the daemon: nothing of it succeeds, delays the others or is shown as something else.
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "tests/e2e/served_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Attack : public ServedTest {
 protected:
  void SetUp() override {
    ServedTest::SetUp();
    if (!sandbox || HasFailure()) return;
    open_to_all();
    ASSERT_EQ(sh("cp " LOCKCTL_PROGRAM " $D/lockctl; mkdir -m 777 $D/open").status, 0);
  }
  std::string config() const override {
    return "history = " + history + "\nstate = " + state +
           "\n[board]\naddress = 10.0.0.1\naddress = 10.0.0.2\n[deploy]\n"
           "[lab]\nuser = root\n";
  }
  // For the configuration is written before the sandbox is there.
  static std::string folder() {
    char name[] = "/tmp/lockfs-attack-XXXXXX";
    return ::mkdtemp(name);
  }
  void TearDown() override {
    ServedTest::TearDown();
    ASSERT_EQ(std::system(("rm -rf " + state).c_str()), 0);
  }

  // As that user, in bash.
  std::string script(const std::string& command) {
    const std::string name = "$D/attack." + std::to_string(++scripts_);
    std::ofstream(sandbox->folder() + name.substr(2)) << command << "\n";
    return TestAccounts::as(accounts.user(), "exec bash " + name);
  }
  Ran attack(const std::string& command) { return sh(script(command)); }
  // Until the test ends it.
  pid_t start_attack(const std::string& command) { return sandbox->start_sh(script(command)); }

  // What the others have done meanwhile, each time to its end.
  void expect_others_work(int times) {
    for (int i = 0; i < times; ++i) {
      ASSERT_THAT(sh("flock $L/deploy cat $L/.mine/deploy"), Gives(0, "deploy\n"));
      ASSERT_EQ(sh("flock -n $L/other true && cat $L/status $L/.json/deploy >$D/read").status, 0);
    }
  }
  // Those of ASCII and, as UTF-8, of Latin 1.
  bool has_control_characters(const std::string& files) {
    return sh("cat " + files +
              " | LC_ALL=C grep -qaP '[\\x00-\\x09\\x0b-\\x1f\\x7f]|\\xc2[\\x80-\\x9f]'")
               .status == 0;
  }

  const std::string state = folder();
  const std::string history = state + "/history";
  const TestAccounts accounts;

 private:
  int scripts_ = 0;
};

TEST_F(Attack, EveryCommandAtOthersLocksIsRefused) {
  hold("deploy");
  hold("board");
  const std::string before = sandbox->status();
  const pid_t worker = sandbox->worker();
  for (const std::string command :
       {"reload", "break deploy", "break deploy token=1", "break board@10.0.0.1 mine now",
        "offline board@10.0.0.2", "online board@10.0.0.2", "drain deploy", "undrain deploy",
        "create mine", "remove deploy", "upgrade", "loglevel trace"}) {
    const Ran asked = attack("exec 8<>$L/.ctl; echo '" + command + "' >&8; s=$?; cat <&8; exit $s");
    EXPECT_EQ(asked.status, 1) << command;
    EXPECT_THAT(asked.out, HasSubstr("permission ")) << command;
    EXPECT_NE(attack("$D/lockctl " + command).status, 0) << command;
  }
  EXPECT_EQ(sandbox->status(), before);
  EXPECT_EQ(sandbox->worker(), worker);
  for (const int number : {SIGHUP, SIGUSR1, SIGTERM, SIGKILL}) {
    EXPECT_NE(attack("kill -" + std::to_string(number) + " " + std::to_string(worker)).status, 0);
  }
  expect_others_work(0);
  EXPECT_EQ(sandbox->status(), before);
}

TEST_F(Attack, WhatIsNotForThemCannotBeTaken) {
  EXPECT_EQ(attack("flock -n $L/lab true").status, 65);
  EXPECT_THAT(attack("flock -n $L/lab,deploy cat $L/.mine/lab,deploy"),
              Gives(0, "deploy deploy\n"));
  EXPECT_NE(attack("flock -n $L/lab+deploy true").status, 0);
  EXPECT_NE(attack("true <$L/.hold/lab").status, 0);
  EXPECT_NE(attack("true <$L/.hold/deploy+lab").status, 0);
  hold("deploy");
  EXPECT_NE(attack("echo mine >$L/deploy").status, 0);
  EXPECT_NE(attack("cat $L/.mine/deploy").status, 0);
  EXPECT_THAT(sandbox->status(), Not(HasSubstr("mine")));
}

TEST_F(Attack, TheFilesystemIsNoPlaceForAnythingElse) {
  const std::string before = sh("ls -la --time-style=+ $L $L/.hold").out;
  for (const std::string command :
       {"ln -s /etc/passwd $L/link", "ln $L/deploy $L/hard", "ln $D/lockfs.conf $L/hard",
        "mkdir $L/folder", "mkfifo $L/fifo", "mv $L/deploy $L/moved", "rm -f $L/deploy",
        "rm -f $L/status", "rmdir $L/.hold", "chmod 777 $L/deploy", "chmod 4755 $L/deploy",
        "chown $(id -u) $L/deploy", "truncate -s 1T $L/status", "touch $L/.hidden",
        "touch $L/.hold/.hold", "touch $L/status/x", "touch $L/../escaped", "cp /bin/sh $L/.ctl",
        "yes | dd of=$L/deploy bs=64k count=1"}) {
    EXPECT_NE(attack(command).status, 0) << command;
  }
  EXPECT_EQ(sh("ls -la --time-style=+ $L $L/.hold").out, before);
  // A link from elsewhere is a name like another.
  EXPECT_EQ(attack("ln -s $L/deploy $D/open/link && flock $D/open/link true").status, 0);
}

TEST_F(Attack, NamesCarryNothing) {
  for (const std::string name :
       {"$'\\e[31mred'", "$'a\\nb'", "$'a\\tb'", "$'\\xff\\xfe'", "'a b'", "'a;b'", "-n", "..x",
        "'a\\b'", "'$(id)'", "$'\\u202edesrever'", "'a@'", "'@b'", "'a++b'", "'a,'", "'a=0'",
        "'a=99999999999999999999'", "$(printf 'a%.0s' $(seq 101))",
        "$(printf 'a,%.0s' $(seq 100))a"}) {
    EXPECT_NE(attack("touch $L/" + name).status, 0) << name;
  }
  EXPECT_EQ(sh("ls $L").out, "board\ndeploy\nlab\nstatus\nstatus.json\n");
}

// Each place where others read it.
TEST_F(Attack, NotesReasonsAndCommandLinesMoveNoCursor) {
  const std::string evil = "\\033]0;owned\\007\\033[2J\\033[31mfree\\r\\b\\b\\302\\233x\\377\\n";
  const pid_t holder = start_attack("exec 7>>$L/deploy; flock 7; printf '" + evil +
                                    "' >&7; exec -a $'\\e[2J\\e]0;owned\\a' sleep 1000");
  ASSERT_TRUE(wait_until([&] { return sandbox->status_has("owned"); }));
  const std::string views =
      "$L/status $L/deploy $L/.json/deploy $L/status.json $L/.status.html $L/.metrics";
  EXPECT_FALSE(has_control_characters(views));
  EXPECT_EQ(sh("python3 -m json.tool $L/.json/deploy >/dev/null").status, 0);
  EXPECT_EQ(sh("awk 'NF < 12' $L/deploy").out, "");
  EXPECT_EQ(sh("wc -l <$L/deploy").out, "2\n");
  EXPECT_EQ(attack("printf 'break deploy \\033[31mred\\033[2J\\n' >$L/.ctl").status, 0);
  ASSERT_TRUE(sandbox->logs("broke 1 hold of deploy"));
  EXPECT_FALSE(has_control_characters(history));
  EXPECT_THAT(sandbox->log(), Not(HasSubstr("\033")));
  EXPECT_EQ(sh(LOCKCTL_PROGRAM " list >$D/list; " LOCKCTL_PROGRAM " history >>$D/list").status, 0);
  EXPECT_FALSE(has_control_characters("$D/list"));
  end(holder);
}

TEST_F(Attack, GarbageAtTheControlFileStopsThere) {
  for (const std::string bytes :
       {"head -c 100000 /dev/urandom", "head -c 1000000 /dev/zero", "yes '' | head -c 200000",
        "yes break | head -c 200000", "printf 'break \\377\\376'", "printf 'break deploy\\0reload'",
        "printf '%s' \"break $(printf 'x%.0s' $(seq 5000))\"", "printf 'loglevel \\033[31m'"}) {
    attack(bytes + " >$L/.ctl");
    attack("( " + bytes + " ) | dd of=$L/.ctl bs=64k 2>$D/open/dd");
    expect_others_work(1);
  }
  EXPECT_THAT(sandbox->log(), Not(HasSubstr("\033")));
}

TEST_F(Attack, FloodsDelayNobody) {
  const std::vector<std::string> floods{
      "while :; do echo reload >$L/.ctl; done 2>/dev/null",
      "while :; do cat $L/status $L/.json/deploy $L/.metrics >/dev/null; done",
      "while :; do timeout 0.1 cat $L/.events >/dev/null; done",
      // Readers that read nothing, and one that reads a byte now and then.
      "for i in $(seq 20); do exec 7<$L/.events; sleep 1000 & done; wait",
      "while :; do dd if=$L/.events bs=1 count=1 >/dev/null 2>&1; done",
      "while :; do flock -n $L/lab true; done 2>/dev/null",
      "while :; do flock $L/mine true; rm -f $L/mine; done 2>/dev/null",
      "while :; do timeout 0.05 flock $L/deploy true; done 2>/dev/null"};
  std::vector<pid_t> attackers;
  attackers.reserve(floods.size());
  for (const auto& flood : floods) attackers.push_back(start_attack(flood));
  expect_others_work(20);
  const pid_t holder = hold("board");
  EXPECT_EQ(sh("awk '$3 == \"held\" { print $2, $5 }' $L/board").out, "10.0.0.1 root\n");
  EXPECT_EQ(reload(config()).status, 0);
  sandbox->kill(sandbox->worker());
  expect_others_work(5);
  end(holder);
  for (const pid_t attacker : attackers) ::kill(-attacker, SIGKILL);
  for (const pid_t attacker : attackers) sandbox->wait_for(attacker);
  EXPECT_TRUE(wait_until([&] {
    return sh("awk 'NR > 1 && $3 != \"free\"' $L/status").out.empty();
  })) << sandbox->status();
}

}  // namespace
}  // namespace lockfs::test
