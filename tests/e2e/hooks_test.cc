// check and on_release: what is run for units, as whom, for how long, and what becomes of a unit.
#include <signal.h>

#include "tests/e2e/served_test.h"

namespace lockfs::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

// The commands are scripts in a folder that everybody may enter. They say in a file of their own
// that they have begun, and go on when there is one called `go`.
class HooksServed : public ServedTest {
 protected:
  void prepare_scripts() {
    scripts = sandbox->folder() + "/hooks";
    sh("chmod 711 $D; mkdir -m 777 $D/hooks");
    script("wait", "echo began >> " + scripts + "/began_$1\n" + "until test -e " + scripts +
                       "/go; do sleep 0.02; done\n" + "test ! -e " + scripts +
                       "/bad || { echo first; echo no answer; exit 3; }\n");
  }
  void script(const std::string& name, const std::string& text) {
    sh("cat > $D/hooks/" + name + " <<'END'\n#!/bin/sh\n" + text + "END\nchmod 755 $D/hooks/" +
       name);
  }
  void SetUp() override {
    ServedTest::SetUp();
    if (!sandbox) return;
    prepare_scripts();
  }
  void configure(const std::string& text) { ASSERT_EQ(reload(text).status, 0) << sandbox->log(); }
  bool exists(const std::string& name) { return sh("test -e $D/hooks/" + name).status == 0; }
  void make(const std::string& name) { sh("touch $D/hooks/" + name); }
  int lines(const std::string& file) {
    return std::stoi(sh("cat $D/hooks/" + file + " 2>/dev/null | wc -l").out);
  }
  int begins(const std::string& unit) { return lines("began_" + unit); }
  // The notes of a lock's lines in this state.
  std::string notes(const std::string& name, const std::string& state) {
    return sh("awk '$3 == \"" + state + "\" { print $11 }' $L/" + name).out;
  }
  std::string board(const std::string& hook) {
    return "[board]\naddress = x\naddress = y\n" + hook;
  }

  std::string scripts;
};

TEST_F(HooksServed, AUnitThatWasLetGoIsCleanedBeforeTheNextOneGetsIt) {
  configure(board("on_release = " + scripts + "/wait\n"));
  EXPECT_EQ(sh("flock -n $L/board@x true").status, 0);
  ASSERT_TRUE(becomes("board", "cleaning", 1));
  ASSERT_TRUE(wait_until([&] { return begins("x") == 1; }));
  EXPECT_EQ(sh("flock -n $L/board@x true").status, 1);
  EXPECT_THAT(sh("flock -n $L/board sh -c 'cat $L/.mine/board'"), Gives(0, "y\n"));
  EXPECT_THAT(sh("cat $L/.json/board").out, HasSubstr("\"state\": \"cleaning\""));
  EXPECT_THAT(sh("cat $L/.metrics").out, HasSubstr("{lock=\"board\",state=\"cleaning\"} "));
  const pid_t next = wait_behind("board@x", "had it");
  make("go");
  EXPECT_EQ(sandbox->wait_for(next), 0);
  EXPECT_TRUE(becomes("board", "free", 2));
  EXPECT_GE(begins("x"), 2);
}

TEST_F(HooksServed, WhatCannotBeCleanedIsOfflineUntilSomebodySaysItIsNot) {
  make("go");
  make("bad");
  configure(board("on_release = " + scripts + "/wait\n"));
  EXPECT_EQ(sh("flock $L/board@x true").status, 0);
  ASSERT_TRUE(becomes("board", "offline", 1));
  EXPECT_EQ(notes("board", "offline"), "on_release:_exit_status_3:_no_answer\n");
  EXPECT_TRUE(sandbox->logs("board@x: offline, by uid 0: on_release: exit status 3: no answer"));
  EXPECT_EQ(sh("flock -n $L/board@x true").status, 1);
  EXPECT_EQ(sh("rm $D/hooks/bad; echo online board@x > $L/.ctl").status, 0);
  EXPECT_EQ(sh("flock -n $L/board@x true").status, 0);
  EXPECT_TRUE(becomes("board", "free", 2));
}

TEST_F(HooksServed, OneThatHangsIsEndedWithAllItStarted) {
  script("hang", "sleep 1000 & echo $! > " + scripts + "/child; echo asleep; sleep 1000\n");
  configure("hook_timeout = 1\n" + board("on_release = " + scripts + "/hang\n"));
  EXPECT_EQ(sh("flock $L/board@x true").status, 0);
  ASSERT_TRUE(becomes("board", "offline", 1));
  EXPECT_EQ(notes("board", "offline"), "on_release:_not_ended_within_1s:_asleep\n");
  EXPECT_TRUE(
      wait_until([&] { return sh("kill -0 $(cat $D/hooks/child) 2>/dev/null").status != 0; }));
}

TEST_F(HooksServed, RunsWithoutRightsAndWithoutWhatTheDaemonHas) {
  script("look",
         "{ id -un; id -G; pwd; echo $LOCKFS_LOCK $LOCKFS_UNIT \"$@\"; umask\n"
         "cat; ls /proc/self/fd | wc -w; } > " +
             scripts + "/seen_$1 2>&1\n");
  configure(board("on_release = " + scripts + "/look\n"));
  EXPECT_EQ(sh("flock $L/board@x true").status, 0);
  ASSERT_TRUE(becomes("board", "free", 2));
  // ls has a descriptor for the folder besides the standard three.
  EXPECT_THAT(sh("cat $D/hooks/seen_x").out,
              MatchesRegex("nobody\n[0-9]+\n/\nboard x x\n0022\n4\n"));
  const TestAccounts accounts;
  configure("hook_user = " + accounts.member() + "\n" +
            board("on_release = " + scripts + "/look\n"));
  EXPECT_EQ(sh("flock $L/board@y true").status, 0);
  ASSERT_TRUE(becomes("board", "free", 2));
  std::string gid = sh("getent group " + accounts.group() + " | cut -d: -f3").out;
  gid.pop_back();
  EXPECT_THAT(sh("cat $D/hooks/seen_y").out,
              MatchesRegex(accounts.member() + "\n.*" + gid + ".*\n/\nboard y y\n0022\n4\n"));
  configure("");
}

TEST_F(HooksServed, FloodsOfWordsAreReadAndForgotten) {
  script("flood",
         "head -c 3000000 /dev/zero | tr '\\0' x; echo; printf 'bad \\033[31mline\\n'; exit 1\n");
  configure(board("on_release = " + scripts + "/flood\n"));
  EXPECT_EQ(sh("flock $L/board@x true").status, 0);
  ASSERT_TRUE(becomes("board", "offline", 1));
  EXPECT_EQ(notes("board", "offline"), "on_release:_exit_status_1:_bad_\\033[31mline\n");
}

TEST_F(HooksServed, NoMoreRunAtOnceThanMay) {
  configure("max_hooks = 1\n" + board("on_release = " + scripts + "/wait\n"));
  EXPECT_EQ(sh("flock $L/board=2 true").status, 0);
  ASSERT_TRUE(becomes("board", "cleaning", 2));
  ASSERT_TRUE(wait_until([&] { return begins("x") == 1; }));
  EXPECT_EQ(begins("y"), 0);
  make("go");
  EXPECT_TRUE(becomes("board", "free", 2));
  EXPECT_EQ(begins("y"), 1);
}

TEST_F(HooksServed, ACheckThatFailsTakesAUnitOutOfServiceUntilItSucceeds) {
  script("ping", "test ! -e " + scripts + "/down_$1 || { echo no pong; exit 1; }\n");
  make("down_y");
  configure(board("check = " + scripts + "/ping\ncheck_interval = 1\n"));
  ASSERT_TRUE(becomes("board", "offline", 1));
  EXPECT_EQ(notes("board", "offline"), "check:_exit_status_1:_no_pong\n");
  EXPECT_EQ(sh("flock -n $L/board@y true").status, 1);
  sh("rm $D/hooks/down_y");
  EXPECT_TRUE(becomes("board", "free", 2));
  // What somebody has marked is not the check's.
  EXPECT_EQ(sh("echo offline board@x moving > $L/.ctl").status, 0);
  make("down_y");
  ASSERT_TRUE(becomes("board", "offline", 2));
  sh("rm $D/hooks/down_y");
  ASSERT_TRUE(becomes("board", "free", 1));
  EXPECT_EQ(notes("board", "offline"), "moving\n");
}

TEST_F(HooksServed, WhatIsHeldIsNotChecked) {
  configure(board(""));
  hold("board@x");
  script("mark", "echo checked >> " + scripts + "/checked_$1\n");
  configure(board("check = " + scripts + "/mark\ncheck_interval = 1\n"));
  ASSERT_TRUE(wait_until([&] { return lines("checked_y") >= 2; }));
  EXPECT_FALSE(exists("checked_x"));
}

TEST_F(HooksServed, IsRunAnewByWhoeverComesAfterAWorkerThatWasKilled) {
  configure(board("on_release = " + scripts + "/wait\n"));
  EXPECT_EQ(sh("flock $L/board@x true").status, 0);
  ASSERT_TRUE(wait_until([&] { return begins("x") == 1; }));
  const pid_t worker = sandbox->worker();
  sandbox->kill(worker);
  ASSERT_TRUE(wait_until([&] { return begins("x") == 2; }));
  ASSERT_TRUE(wait_until([&] { return sandbox->has_another_worker(worker); }));
  EXPECT_EQ(sh("flock -n $L/board@x true").status, 1);
  const std::string runs = "ps -eo args | grep -c '^/bin/sh " + scripts + "/wait x$'";
  ASSERT_TRUE(wait_until([&] { return sh(runs).out == "1\n"; }))
      << "the first one went with its worker";
  EXPECT_EQ(sh(LOCKCTL_PROGRAM " upgrade").status, 0);
  ASSERT_TRUE(wait_until([&] { return begins("x") == 3; }));
  make("go");
  EXPECT_TRUE(becomes("board", "free", 2));
  EXPECT_EQ(begins("x"), 3);
}

TEST_F(HooksServed, AReloadThatTakesTheCommandAwayLeavesTheOneThatRuns) {
  configure(board("on_release = " + scripts + "/wait\n"));
  EXPECT_EQ(sh("flock $L/board@x true").status, 0);
  ASSERT_TRUE(wait_until([&] { return begins("x") == 1; }));
  configure(board(""));
  EXPECT_EQ(count("board", "cleaning"), 1);
  configure("");
  EXPECT_EQ(count("board", "cleaning"), 1);
  EXPECT_NE(sh("flock -n $L/board true").status, 0);
  make("go");
  EXPECT_TRUE(wait_until([&] { return sh("test -e $L/board").status != 0; }));
}

TEST_F(HooksServed, ADaemonThatIsToldToStopCleansWhatItsHoldersLeave) {
  configure(board("on_release = " + scripts + "/wait; touch " + scripts + "/done #\n"));
  const pid_t holder = hold("board@x");
  ::kill(sandbox->daemon(), SIGTERM);
  ASSERT_TRUE(sandbox->logs("stopping: 1 holds"));
  end(holder);
  ASSERT_TRUE(wait_until([&] { return begins("") == 1; }));
  EXPECT_TRUE(mounted());
  make("go");
  EXPECT_EQ(wait_for_end(), 0);
  EXPECT_TRUE(exists("done"));
}

TEST_F(HooksServed, IsCountedInTheMetrics) {
  make("go");
  configure(board("on_release = " + scripts + "/wait\n"));
  EXPECT_EQ(sh("flock $L/board@x true").status, 0);
  EXPECT_TRUE(becomes("board", "free", 2));
  EXPECT_THAT(sh("cat $L/.metrics").out,
              AllOf(HasSubstr("{event=\"cleaning\"} 1\n"), HasSubstr("{event=\"cleaned\"} 1\n")));
}

}  // namespace
}  // namespace lockfs::test
