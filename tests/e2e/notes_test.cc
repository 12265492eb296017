// Notes: a holder writes words for others into the lock's file.
#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "tests/e2e/served_test.h"
#include "tests/harness/locker.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

class Notes : public ServedTest {
 protected:
  std::string config() const override {
    return "[a]\n[b]\n[board]\naddress = 10.0.0.1\naddress = 10.0.0.2\n";
  }
  // The NOTE column of a lock's lines.
  std::string notes(const std::string& name) {
    return sh("awk '$3 ~ /held|retired/ { print $11 }' $L/" + name).out;
  }
  std::string json_note(const std::string& name) {
    const auto lock = nlohmann::json::parse(sh("cat $L/.json/" + name).out);
    const auto note = lock["units"][0]["holders"][0]["note"];
    return note.is_string() ? note.get<std::string>() : "none";
  }
  // Holds a lock in a process of its own, with this note.
  void hold_with_note(const std::string& name, const std::string& note) {
    sandbox->start_sh("exec flock $L/" + name + " sh -c 'echo \"" + note + "\" > $L/" + name +
                      "; exec sleep 1000'");
    EXPECT_TRUE(wait_until([&] { return notes(name) != "" && notes(name) != "-\n"; }));
  }
};

TEST_F(Notes, AreShownWhileTheLockIsHeld) {
  EXPECT_THAT(sh("flock $L/a sh -c 'echo \"back at 15:00\" > $L/a; cat $L/a'"),
              Gives(0, HasSubstr(" back_at_15:00 ")));
  EXPECT_EQ(sh("flock $L/a awk '$3 == \"held\" { print $11 }' $L/a").out, "-\n");
  Locker one;
  const int a = one.open(sandbox->path("a"), O_RDWR);
  EXPECT_EQ(one.flock(a, LOCK_EX), 0);
  EXPECT_EQ(json_note("a"), "none");
  EXPECT_EQ(one.write(a, "first\nback at 15:00\n\n"), 0);
  EXPECT_EQ(json_note("a"), "back at 15:00");
  EXPECT_EQ(one.write(a, "\n"), 0);
  EXPECT_EQ(json_note("a"), "back at 15:00") << "nothing was said";
  EXPECT_EQ(one.write(a, "at 16:00"), 0);
  EXPECT_EQ(notes("a"), "at_16:00\n");
  EXPECT_EQ(one.flock(a, LOCK_UN), 0);
  EXPECT_EQ(one.flock(a, LOCK_SH), 0);
  EXPECT_EQ(notes("a"), "-\n");
}

TEST_F(Notes, AreWrittenByPidFileWriters) {
  EXPECT_THAT(sh("exec 9<>$L/a; flock 9; truncate -s 0 $L/a; echo $$ >&9; "
                 "test \"$(awk '$3 == \"held\" { print $11 }' $L/a)\" = $$"),
              Gives(0, ""));
  EXPECT_THAT(sh("( flock 9; echo $$ > $L/a; "
                 "test \"$(awk '$3 == \"held\" { print $11 }' $L/a)\" = $$ ) 9>$L/a"),
              Gives(0, ""));
  EXPECT_THAT(sh("exec 9<$L/a; flock 9; sh -c 'sh -c \"echo grandchild > $L/a\"'; grep -c "
                 "grandchild $L/a"),
              Gives(0, "1\n"));
}

TEST_F(Notes, AreForHoldersOnly) {
  EXPECT_THAT(sh("echo mine > $L/a"), FailsWith("not permitted")) << "nobody holds it";
  hold("a");
  hold("b");
  EXPECT_THAT(sh("echo mine > $L/a"), FailsWith("not permitted"));
  EXPECT_THAT(sh("flock $L/board sh -c 'echo mine > $L/a'"), FailsWith(""));
  EXPECT_THAT(sh("flock $L/board sh -c 'echo mine > $L/board,a; grep -c mine $L/board'"),
              Gives(0, "1\n"));
  EXPECT_THAT(sh("echo > $L/a; touch $L/a; truncate -s 0 $L/a; echo $?"), Gives(0, "0\n"))
      << "that says nothing";
  Locker one;
  const int a = one.open(sandbox->path("a"), O_RDWR);
  one.begin_flock(a, LOCK_EX);
  ASSERT_TRUE(becomes("a", "waiting", 1));
  EXPECT_EQ(notes("a"), "-\n");
}

TEST_F(Notes, AreWrittenThroughEveryDoor) {
  Locker one;
  const int a = one.open(sandbox->path("a"), O_RDWR);
  EXPECT_EQ(one.fcntl(a, F_SETLK, F_WRLCK, 0, 10), 0);
  EXPECT_EQ(one.write(a, "by a process"), 0);
  EXPECT_EQ(notes("a"), "by_a_process\n");
  const int b = one.open(sandbox->path("b"), O_RDWR);
  EXPECT_EQ(one.fcntl(b, F_OFD_SETLK, F_WRLCK), 0);
  EXPECT_EQ(one.write(b, "by an open file"), 0);
  EXPECT_EQ(notes("b"), "by_an_open_file\n");
  const int hold = one.open(sandbox->path(".hold/board"), O_RDWR);
  EXPECT_EQ(one.write(hold, "by opening"), 0);
  EXPECT_EQ(notes("board"), "by_opening\n");
  const int other = one.open(sandbox->path("board"), O_RDWR);
  EXPECT_EQ(one.write(other, "by another file"), 0);
  EXPECT_EQ(notes("board"), "by_another_file\n");
}

TEST_F(Notes, OfASetStandAtEachUnit) {
  EXPECT_THAT(sh("flock $L/a+board=2 sh -c 'echo all > $L/a+board=2; grep -c \" all \" $L/status'"),
              Gives(0, "3\n"));
  EXPECT_THAT(sh("flock $L/a+b sh -c 'echo both > $L/b; grep -c \" both \" $L/status'"),
              Gives(0, "2\n"));
}

TEST_F(Notes, AreTheNearestHoldersOwn) {
  EXPECT_THAT(sh("flock $L/board sh -c 'echo outer > $L/board; flock $L/board sh -c \"echo inner > "
                 "$L/board\"; awk \"\\$3 == \\\"held\\\" { print \\$11 }\" $L/board'"),
              Gives(0, "outer\n"));
  EXPECT_THAT(sh("flock $L/board sh -c 'echo outer > $L/board; flock $L/board sh -c \"echo inner > "
                 "$L/board; cat $L/board\"' | grep -c -e ' outer ' -e ' inner '"),
              Gives(0, "2\n"));
}

TEST_F(Notes, AreCutAndEscaped) {
  Locker one;
  const int a = one.open(sandbox->path("a"), O_RDWR);
  EXPECT_EQ(one.flock(a, LOCK_EX), 0);
  std::string euros;
  for (int i = 0; i < 100; ++i) euros += "\xe2\x82\xac";
  EXPECT_EQ(one.write(a, euros), 0);
  EXPECT_EQ(json_note("a"), euros.substr(0, 198));
  EXPECT_EQ(one.write(a, "a\tb\\ \033[2J"), 0);
  EXPECT_EQ(notes("a"), "a\\011b\\134_\\033[2J\n");
  EXPECT_EQ(json_note("a"), "a\tb\\ \033[2J");
}

TEST_F(Notes, OutliveCrashesUpgradesAndReloads) {
  hold_with_note("a", "back at 15:00");
  Locker one;
  const int board = one.open(sandbox->path("board"), O_RDWR);
  EXPECT_EQ(one.flock(board, LOCK_SH), 0);
  EXPECT_EQ(one.write(board, "reading"), 0);
  const auto expect_there = [&](const char* when) {
    EXPECT_EQ(notes("a"), "back_at_15:00\n") << when;
    EXPECT_EQ(notes("board"), "reading\n") << when;
  };
  sandbox->kill(sandbox->worker());
  expect_there("after a kill");
  EXPECT_EQ(sh(LOCKCTL_PROGRAM " upgrade").status, 0);
  expect_there("after an upgrade");
  EXPECT_EQ(reload("[b]\n").status, 0);
  expect_there("taken out of the configuration");
  EXPECT_EQ(reload(config()).status, 0);
  expect_there("back again");
  EXPECT_EQ(one.write(board, "reading on"), 0);
  EXPECT_EQ(notes("board"), "reading_on\n");
}

TEST_F(Notes, AreLogged) {
  EXPECT_EQ(sh("echo loglevel debug > $L/.ctl").status, 0);
  EXPECT_EQ(sh("flock $L/a sh -c 'echo \"back at 15:00\" > $L/a'").status, 0);
  EXPECT_TRUE(sandbox->logs("a: noted \"back at 15:00\", uid 0")) << sandbox->log();
}

}  // namespace
}  // namespace lockfs::test
