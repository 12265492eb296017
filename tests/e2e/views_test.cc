// The views agree with each other, are what stat(2) says, and can be read in pieces.
#include <array>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "tests/e2e/served_test.h"

namespace lockfs::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::MatchesRegex;

constexpr std::size_t columns = 12;
using Row = std::array<std::string, columns>;

// The rows below the header. All columns but the last are one word.
std::vector<Row> parse_table(const std::string& text) {
  std::vector<Row> rows;
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    Row row;
    for (std::size_t i = 0; i + 1 < columns; ++i) words >> row[i];
    std::getline(words >> std::ws, row[columns - 1]);
    rows.push_back(row);
  }
  return rows;
}

// "2026-11-21T10:04:02.123+01:00" as the table has it. Tests run where the daemon runs.
std::string seconds(const json& time) { return time.get<std::string>().substr(0, 19); }

Row claim_row(const std::string& lock, const std::string& unit, const std::string& state,
              const json& claim) {
  const bool held = claim.contains("token");
  return {lock,
          unit,
          state,
          claim["mode"],
          claim["user"],
          "-",
          std::to_string(claim["pid"].get<int>()),
          claim["via"],
          seconds(claim["since"]),
          held ? std::to_string(claim["token"].get<long>()) : "-",
          held && claim["note"].is_string() ? claim["note"].get<std::string>() : "-",
          claim["command"]};
}

void add_rows(std::vector<Row>& rows, const json& lock) {
  for (const auto& unit : lock["units"]) {
    for (const auto& holder : unit["holders"]) {
      rows.push_back(claim_row(lock["name"], unit["name"], unit["state"], holder));
    }
    if (!unit["holders"].empty()) continue;
    rows.push_back({lock["name"], unit["name"], unit["state"], "-", "-", "-", "-", "-",
                    seconds(unit["since"]), "-", "-", "-"});
  }
  for (const auto& waiter : lock["waiters"]) {
    rows.push_back(claim_row(lock["name"], "-", "waiting", waiter));
  }
}

class StatusViews : public ServedTest {
 protected:
  void use_some() {
    hold("burchtest");
    hold("burchtest", "-s");
    hold("deploy");
    sandbox->start_sh("exec flock $L/s3esk sh -c 'echo here > $L/s3esk; exec sleep 1000'");
    EXPECT_TRUE(wait_until([&] { return sh("grep -q here.*1000 $L/s3esk").status == 0; }));
    wait_behind("deploy", "first");
    wait_behind("deploy", "second", "-s");
  }
  json read_json(const std::string& name) { return json::parse(sh("cat $L/" + name).out); }
  json all_locks() { return read_json("status.json")["locks"]; }
};

TEST_F(StatusViews, JsonAndTableSayTheSame) {
  use_some();
  std::vector<Row> rows;
  const json locks = all_locks();
  for (const auto& lock : locks) add_rows(rows, lock);
  EXPECT_EQ(parse_table(sandbox->status()), rows);
  EXPECT_EQ(rows.size(), 9U);
}

TEST_F(StatusViews, OneLocksViewsAreItsPartOfTheWhole) {
  use_some();
  const json locks = all_locks();
  ASSERT_EQ(locks.size(), 4U);
  for (const auto& lock : locks) {
    const std::string name = lock["name"];
    EXPECT_EQ(read_json(".json/" + name), lock);
    EXPECT_EQ(sh("tr -s ' ' < $L/" + name).out,
              sh("tr -s ' ' < $L/status | awk 'NR == 1 || $1 == \"" + name + "\"'").out);
  }
}

TEST_F(StatusViews, WaitersHaveTheirPlaces) {
  use_some();
  const auto waiters = read_json(".json/deploy")["waiters"];
  ASSERT_EQ(waiters.size(), 2U);
  EXPECT_EQ(waiters[0]["place"], 1);
  EXPECT_EQ(waiters[1]["place"], 2);
  EXPECT_EQ(waiters[1]["mode"], "sh");
}

TEST_F(StatusViews, TimesHaveTheZone) {
  const std::string since = read_json(".json/deploy")["units"][0]["since"];
  EXPECT_THAT(since, MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
                                  "(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"));
}

TEST_F(StatusViews, ControlCharactersAreEscaped) {
  const Ran ran =
      sh("flock $L/deploy sh -c $'cat $L/deploy $L/.json/deploy\\n# a\\ttab \\\\ and \\033[2J'");
  EXPECT_THAT(ran, Gives(0, HasSubstr("\\012# a\\011tab \\134 and \\033[2J\n")));
  EXPECT_EQ(ran.out.find('\033'), std::string::npos);
  EXPECT_EQ(ran.out.find('\t'), std::string::npos);
}

TEST_F(StatusViews, ACommandThatIsNoUtf8LeavesJsonValid) {
  const Ran ran = sh("flock $L/deploy sh -c $'cat $L/.json/deploy # \\xff\\xfe'");
  EXPECT_TRUE(json::accept(ran.out)) << ran.out;
}

TEST_F(StatusViews, SizesAreTrue) {
  use_some();
  for (const std::string name : {"status", "status.json", ".json/deploy"}) {
    EXPECT_THAT(sh("F=$L/" + name +
                   "; test $(stat -c %s $F) = $(cat $F | wc -c) && "
                   "test $(wc -c < $F) = $(cat $F | wc -c)"),
                Gives(0, ""))
        << name;
  }
}

TEST_F(StatusViews, CanBeReadInPieces) {
  use_some();
  for (const std::string name : {"status", "deploy", ".json/deploy"}) {
    EXPECT_THAT(sh("F=$L/" + name +
                   "; cat $F > $D/whole; dd if=$F bs=7 status=none | cmp - $D/whole && "
                   "cp $F $D/copy && cmp $D/copy $D/whole && "
                   "test \"$(head -1 $F)\" = \"$(head -1 $D/whole)\" && "
                   "test \"$(head -c 20 $F)\" = \"$(head -c 20 $D/whole)\""),
                Gives(0, ""))
        << name;
  }
  EXPECT_THAT(sh("cat $L/status > $D/whole; tail -n 1 $L/status | cmp - <(tail -n 1 $D/whole) && "
                 "tail -c 30 $L/status | cmp - <(tail -c 30 $D/whole)"),
              Gives(0, ""));
}

TEST_F(StatusViews, OneOpenIsOneSnapshot) {
  EXPECT_THAT(sh("exec 8<$L/status; head -c 3 <&8; echo create fresh > $L/.ctl; grep -c fresh <&8; "
                 "grep -c fresh $L/status"),
              Gives(0, "LOC0\n1\n"));
}

TEST_F(StatusViews, CannotBeWrittenOrLocked) {
  for (const std::string name : {"status", "status.json", ".json/deploy"}) {
    EXPECT_THAT(sh("echo x > $L/" + name), FailsWith("Permission denied")) << name;
    EXPECT_THAT(sh("flock $L/" + name + " true"), FailsWith("not supported")) << name;
    EXPECT_EQ(sh("test -r $L/" + name + " && ! test -w $L/" + name).status, 0) << name;
  }
}

class ManyLocks : public ServedTest {
 protected:
  std::string config() const override {
    std::string text;
    for (int i = 0; i < 5000; ++i) text += "[lock-" + std::to_string(i) + "]\n";
    return text;
  }
};

TEST_F(ManyLocks, AreListedEachOnce) {
  EXPECT_EQ(sh("ls $L | sort -u | wc -l").out, "5002\n");
  EXPECT_EQ(sh("ls -f $L | wc -l").out, "5004\n");
  EXPECT_EQ(sh("wc -l < $L/status").out, "5001\n");
  EXPECT_EQ(sh("find $L -maxdepth 1 -type f -name 'lock-*' | wc -l").out, "5000\n");
}

}  // namespace
}  // namespace lockfs::test
