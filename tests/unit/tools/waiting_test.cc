// What lockctl run shows while it waits.
#include "tools/waiting.h"

#include <gmock/gmock.h>

#include <sstream>

#include "tools/live_lines.h"
#include "tools/paint.h"

namespace lockfs {
namespace {

using ::testing::ElementsAre;

Claimant claimant(const std::string& user, int pid, const std::string& command) {
  Claimant result;
  result.user = user;
  result.pid = pid;
  result.via = "flock";
  result.since = "2026-11-21T10:04:02+01:00";
  result.command = command;
  return result;
}

LockState lock_of(const std::string& name, const std::vector<Claimant>& holders,
                  const std::vector<Claimant>& waiters = {}) {
  return {name, {{name, holders.empty() ? "free" : "held", holders, {}}}, waiters, {}};
}

const Claimant jack = claimant("jack", 4711, "sh flash.sh");
const Claimant alice = claimant("alice", 4800, "make");
const Claimant me = claimant("me", 99, "lockctl run");

WaitStatus status(const std::vector<LockState>& locks) {
  return {"s3esk", 99, "2026-11-21T10:15:00", std::chrono::seconds(42), locks};
}

TEST(WaitingLine, SaysWhoIsInTheWay) {
  EXPECT_EQ(waiting_line("s3esk", {lock_of("s3esk", {jack})}),
            "waiting for s3esk (held by jack, pid 4711, since 2026-11-21T10:04:02)");
  EXPECT_EQ(waiting_line("s3esk", {lock_of("s3esk", {jack, alice, me})}),
            "waiting for s3esk (held by jack, pid 4711, since 2026-11-21T10:04:02, and 2 more)");
  EXPECT_EQ(waiting_line("s3esk", {lock_of("s3esk", {}, {alice})}),
            "waiting for s3esk (waited for by alice, pid 4800, since 2026-11-21T10:04:02)");
  EXPECT_EQ(waiting_line("s3esk", {lock_of("s3esk", {})}), "waiting for s3esk");
  EXPECT_EQ(waiting_line("s3esk", {}), "waiting for s3esk");
}

TEST(WaitingLine, SaysWhichOfSeveralLocksIsNotToBeHad) {
  EXPECT_EQ(waiting_line("a+b", {lock_of("a", {}), lock_of("b", {jack})}),
            "waiting for a+b (b held by jack, pid 4711, since 2026-11-21T10:04:02)");
  EXPECT_THAT(
      waiting_line("a b c d e", {lock_of("a", {jack}), lock_of("b", {jack}), lock_of("c", {jack}),
                                 lock_of("d", {jack}), lock_of("e", {jack})}),
      testing::EndsWith("; and 2 more locks)"));
}

// Two units of a board that are offline, and it drains if there is a reason.
LockState closed_board(const std::string& draining = "") {
  const MarkState dead{"root", "2026-11-21T09:00:00+01:00", "PSU dead"};
  const MarkState unsaid{"root", "2026-11-20T17:00:00+01:00", ""};
  LockState board{"rig", {{"a", "offline", {}, dead}, {"b", "offline", {}, unsaid}}, {}, {}};
  if (!draining.empty()) board.draining = MarkState{"alice", "2026-11-21T09:30:00+01:00", draining};
  return board;
}

TEST(WaitingLine, SaysWhatIsGivenToNobody) {
  EXPECT_EQ(waiting_line("rig", {closed_board()}),
            "waiting for rig (a offline since 2026-11-21T09:00:00 by root: PSU dead, and 1 more)");
  EXPECT_EQ(waiting_line("rig", {closed_board("moving")}),
            "waiting for rig (draining since 2026-11-21T09:30:00 by alice: moving)");
}

TEST(WaitingLines, SayWhatIsGivenToNobody) {
  EXPECT_THAT(waiting_lines(status({closed_board("moving")})),
              ElementsAre("waiting for s3esk, since 10:15:00 (0:42)",
                          "  draining since 09:30:00 by alice: moving",
                          "  a offline since 09:00:00 by root: PSU dead",
                          "  b offline since 2026-11-20T17:00:00 by root"));
}

TEST(WaitingLines, SayBehindWhomSinceWhenAndAtWhichPlace) {
  EXPECT_THAT(waiting_lines(status({lock_of("s3esk", {jack}, {alice, me})})),
              ElementsAre("waiting for s3esk, 2nd in the queue, since 10:15:00 (0:42)",
                          "  held by jack (pid 4711) since 10:04:02: sh flash.sh",
                          "  behind alice (pid 4800) since 10:04:02: make"));
}

TEST(WaitingLines, LeaveOutWhoComesLater) {
  EXPECT_THAT(waiting_lines(status({lock_of("s3esk", {jack}, {me, alice})})),
              ElementsAre("waiting for s3esk, 1st in the queue, since 10:15:00 (0:42)",
                          "  held by jack (pid 4711) since 10:04:02: sh flash.sh"));
}

TEST(WaitingLines, CountWhatAreTooMany) {
  const std::vector<Claimant> many(13, alice);
  auto waiters = many;
  waiters.push_back(me);
  const auto lines = waiting_lines(status({lock_of("s3esk", many, waiters)}));
  ASSERT_EQ(lines.size(), 9U);
  EXPECT_THAT(lines[0], testing::HasSubstr(", 14th in the queue,"));
  EXPECT_EQ(lines[4], "  and 10 more");
  EXPECT_EQ(lines[8], "  and 10 more");
}

TEST(WaitingLines, HaveAPartForEachLockThatIsNotToBeHad) {
  EXPECT_THAT(waiting_lines(status({lock_of("a", {}), lock_of("b", {jack}, {me})})),
              ElementsAre("waiting for s3esk, since 10:15:00 (0:42)", "  b, 1st in the queue",
                          "    held by jack (pid 4711) since 10:04:02: sh flash.sh"));
}

TEST(WaitingLines, GiveNotesAndOtherDaysAndWhatIsNotKnown) {
  auto holder = jack;
  holder.note = "back at 15:00\x1b[2J";
  holder.since = "2026-11-20T17:00:00+01:00";
  holder.pid.reset();
  holder.command.clear();
  EXPECT_EQ(waiting_lines(status({lock_of("s3esk", {holder})})).back(),
            "  held by jack since 2026-11-20T17:00:00, \"back at 15:00\\033[2J\"");
}

TEST(WaitingLines, ShowHoursOnceTheyAreThere) {
  auto long_wait = status({});
  long_wait.elapsed = std::chrono::seconds(3600 * 30 + 61);
  EXPECT_EQ(waiting_lines(long_wait).front(), "waiting for s3esk, since 10:15:00 (30:01:01)");
}

TEST(LiveLines, AreDrawnInPlaceAndErased) {
  std::ostringstream out;
  LiveLines lines(out);
  lines.draw({"one", "two", "three"}, {80, 24});
  EXPECT_EQ(out.str(), "one\x1b[K\ntwo\x1b[K\nthree\x1b[K\x1b[J");
  out.str("");
  lines.draw({"one", "two", "three"}, {80, 24});
  EXPECT_EQ(out.str(), "");
  lines.draw({"four"}, {80, 24});
  EXPECT_EQ(out.str(),
            "\r\x1b[2A"
            "four\x1b[K\x1b[J");
  out.str("");
  lines.erase({80, 24});
  EXPECT_EQ(out.str(), "\r\x1b[J");
  out.str("");
  lines.erase({80, 24});
  EXPECT_EQ(out.str(), "");
}

TEST(LiveLines, AreDrawnElsewhereOnceOthersHaveWritten) {
  std::ostringstream out;
  LiveLines lines(out);
  lines.draw({"one", "two"}, {80, 24});
  lines.forget();
  out.str("");
  lines.erase({80, 24});
  EXPECT_EQ(out.str(), "");
  lines.draw({"one"}, {80, 24});
  EXPECT_EQ(out.str(), "one\x1b[K\x1b[J");
}

TEST(LiveLines, FitTheTerminal) {
  std::ostringstream out;
  LiveLines lines(out);
  lines.draw({"0123456789", "two", "three"}, {10, 3});
  EXPECT_EQ(out.str(), "012345...\x1b[K\ntwo\x1b[K\x1b[J");
}

TEST(LiveLines, AreFoundAgainOnATerminalThatWrappedThem) {
  std::ostringstream out;
  LiveLines lines(out);
  lines.draw({"0123456789", "two"}, {20, 24});
  out.str("");
  lines.draw({"0123456789", "two"}, {6, 24});
  EXPECT_EQ(out.str(),
            "\r\x1b[2A"
            "01...\x1b[K\ntwo\x1b[K\x1b[J");
}

TEST(LiveLines, AreCutBetweenCharacters) {
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("abcd", 3), "...");
  EXPECT_EQ(cut("abcd", 2), "..");
  EXPECT_EQ(cut("abcd", 0), "");
  EXPECT_EQ(cut("\u00e4\u00f6\u00fc\u00df\u00e4", 4), "\u00e4...");
  EXPECT_EQ(cut("\u6f22\u5b57\u6f22\u5b57", 6), "\u6f22...");
}

TEST(Paint, ColoursTheHeaderAndTheStates) {
  EXPECT_EQ(paint("LOCK  UNIT  STATE    MODE\na     1     held     ex\nb     2     offline  -\n"),
            "\x1b[1mLOCK  UNIT  STATE    MODE\x1b[0m\na     1     \x1b[1mheld\x1b[0m     ex\n"
            "b     2     \x1b[31moffline\x1b[0m  -\n");
  EXPECT_EQ(paint("LOCK  UNIT\na     1\n"), "\x1b[1mLOCK  UNIT\x1b[0m\na     1\n");
  EXPECT_EQ(paint(""), "");
}

}  // namespace
}  // namespace lockfs
