// The status table: the columns of CONTRACT section 7, in their order, each but the last one word.
#include "core/table_view.h"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace lockfs {
namespace {

// Moments are minutes of one day.
std::string local_time(WallTime minutes) {
  const auto two = [](WallTime n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return "2026-11-21T" + two(minutes / 60) + ":" + two(minutes % 60) + ":00";
}

ClaimView claim(Mode mode, const char* user, pid_t pid, WallTime since, Token token,
                const char* command) {
  ClaimView view;
  view.mode = mode;
  view.user = user;
  view.pid = pid;
  view.since = since;
  view.token = token;
  view.command = command;
  return view;
}

Description lab() {
  LockView burchtest;
  burchtest.name = "burchtest";
  burchtest.units = {{"192.168.124.51",
                      false,
                      604,
                      {claim(Mode::exclusive, "jack", 4711, 604, 91, "sh flash.sh")}},
                     {"192.168.124.53", false, 552, {}}};
  burchtest.waiters = {
      claim(Mode::exclusive, "alice", 4800, 615, 0, "flock /mnt/locks/burchtest make")};
  LockView s3esk;
  s3esk.name = "s3esk";
  s3esk.retired = true;
  auto bob = claim(Mode::shared, "bob", 5120, 480, 80, "sh");
  bob.via = Via::hold;
  s3esk.units = {{"192.168.124.52", true, 480, {bob}}};
  return {{burchtest, s3esk}};
}

TEST(TableView, ShowsNotesAndWhatIsInherited) {
  LockView lock;
  lock.name = "a";
  auto jack = claim(Mode::exclusive, "jack", 4711, 604, 91, "sh\tflash.sh");
  jack.note = "back at\t15:00";
  jack.inherited = true;
  lock.units = {{"a", false, 604, {jack}}};
  EXPECT_NE(render_table({{lock}}, local_time)
                .find("  91     back_at\\01115:00  [inherited] sh\\011flash.sh\n"),
            std::string::npos)
      << render_table({{lock}}, local_time);
}

TEST(TableView, LooksAsTheContractShows) {
  EXPECT_EQ(
      render_table(lab(), local_time),
      "LOCK       UNIT            STATE    MODE  USER   HOST  PID   VIA    SINCE"
      "                TOKEN  NOTE  COMMAND\n"
      "burchtest  192.168.124.51  held     ex    jack   -     4711  flock  2026-11-21T10:04:00"
      "  91     -     sh flash.sh\n"
      "burchtest  192.168.124.53  free     -     -      -     -     -      2026-11-21T09:12:00"
      "  -      -     -\n"
      "burchtest  -               waiting  ex    alice  -     4800  flock  2026-11-21T10:15:00"
      "  -      -     flock /mnt/locks/burchtest make\n"
      "s3esk      192.168.124.52  retired  sh    bob    -     5120  hold   2026-11-21T08:00:00"
      "  80     -     sh\n");
}

TEST(TableView, ShowsWhatIsOfflineAndWhatDrains) {
  LockView board;
  board.name = "board";
  board.draining = MarkView{{1001, 600, "moving house"}, "jack"};
  auto alice = claim(Mode::exclusive, "alice", 4800, 615, 7, "make");
  board.units = {{"x", false, 604, {alice}, {}},
                 {"y", false, 610, {}, {}},
                 {"z", false, 611, {}, MarkView{{0, 612, "PSU dead"}, "root"}},
                 {"w", false, 604, {alice}, MarkView{{0, 613, ""}, "root"}}};
  EXPECT_EQ(
      render_table({{board}}, [](WallTime at) { return std::to_string(at); }),
      "LOCK   UNIT  STATE     MODE  USER   HOST  PID   VIA    SINCE  TOKEN  NOTE          COMMAND\n"
      "board  -     draining  -     jack   -     -     -      600    -      moving_house  -\n"
      "board  x     held      ex    alice  -     4800  flock  615    7      -             make\n"
      "board  y     draining  -     -      -     -     -      610    -      -             -\n"
      "board  z     offline   -     root   -     -     -      612    -      PSU_dead      -\n"
      "board  w     offline   -     root   -     -     -      613    -      -             -\n"
      "board  w     held      ex    alice  -     4800  flock  615    7      -             make\n");
}

TEST(TableView, IsAHeaderIfThereIsNothing) {
  EXPECT_EQ(render_table({}, local_time),
            "LOCK  UNIT  STATE  MODE  USER  HOST  PID  VIA  SINCE  TOKEN  NOTE  COMMAND\n");
}

std::vector<std::vector<std::string>> words(const std::string& table) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream in(line);
    rows.emplace_back();
    for (std::string word; in >> word;) rows.back().push_back(word);
  }
  return rows;
}

// Whatever names, users and commands hold: awk finds each column where it belongs, no line is
// forged.
TEST(TableView, KeepsEveryColumnButTheLastOneWord) {
  const std::string hostile[] = {"",
                                 " ",
                                 "two words",
                                 "tab\there",
                                 "line\nforged",
                                 "\r",
                                 "\x1B[2J",
                                 "back\\slash",
                                 "\x7F",
                                 "\v\f",
                                 "\xC2\x9B"
                                 "31m",
                                 "\x9B"
                                 "31m",
                                 "\xFF\xFE",
                                 "caf\xC3\xA9",
                                 "-"};
  for (const auto& text : hostile) {
    Description description = lab();
    for (auto& lock : description.locks) {
      lock.name = text;
      for (auto& unit : lock.units) unit.name = text;
    }
    for_each_claim(description, [&](ClaimView& view) {
      view.user = text;
      view.command = text;
    });
    const std::string table = render_table(description, local_time);
    const auto rows = words(table);
    ASSERT_EQ(rows.size(), 5U) << table;
    for (const auto& row : rows) ASSERT_GE(row.size(), 11U) << table;
    EXPECT_EQ(rows[1][2], "held");
    EXPECT_EQ(rows[1][9], "91");
    for (const char c : table) {
      EXPECT_TRUE(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F)) << table;
    }
    EXPECT_EQ(table.find("\xC2\x9B"), std::string::npos);
    EXPECT_EQ(table.find("\x9B"
                         "31m"),
              std::string::npos);
  }
}

TEST(TableView, EscapesAsProcDoes) {
  EXPECT_EQ(as_word("back at 15:00"), "back_at_15:00");
  EXPECT_EQ(as_text("flock /mnt/a make"), "flock /mnt/a make");
  EXPECT_EQ(as_word(""), "-");
  EXPECT_EQ(as_text(""), "-");
  EXPECT_EQ(as_word("a\tb\nc"), "a\\011b\\012c");
  EXPECT_EQ(as_text("a\\b"), "a\\134b");
  EXPECT_EQ(as_text("\x1B[2J"), "\\033[2J");
  EXPECT_EQ(as_text("\x7F"), "\\177");
  EXPECT_EQ(as_text("caf\xC3\xA9"), "caf\xC3\xA9");
  EXPECT_EQ(as_text("\xC2\x9B"
                    "2J"),
            "\\302\\2332J");                  // a terminal's other way to write ESC [
  EXPECT_EQ(as_text("caf\xE9"), "caf\\351");  // no UTF-8
  EXPECT_EQ(as_text(std::string_view("a\0b", 3)), "a\\000b");
}

TEST(TableView, NamesEveryDoor) {
  EXPECT_EQ(to_string(Via::flock), "flock");
  EXPECT_EQ(to_string(Via::fcntl), "fcntl");
  EXPECT_EQ(to_string(Via::hold), "hold");
  EXPECT_EQ(to_string(Via::lockerd), "lockerd");
  EXPECT_EQ(to_string(Via::mutexdaemon), "mutexdaemon");
  EXPECT_EQ(to_string(Mode::exclusive), "ex");
  EXPECT_EQ(to_string(Mode::shared), "sh");
}

}  // namespace
}  // namespace lockfs
