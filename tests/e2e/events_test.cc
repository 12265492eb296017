// .events: what is told, from when on, to whom; and that nobody who reads it delays a lock.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "tests/e2e/served_test.h"

namespace lockfs::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;

class Events : public ServedTest {
 protected:
  std::string config() const override {
    return "max_opens_per_user = 200\n[deploy]\n[burchtest]\naddress = 192.168.124.51\n"
           "address = 192.168.124.53\n[licence]\nunits = 3\n";
  }

  // A descriptor of our own, closed at the end.
  int open_events(int flags = O_NONBLOCK) {
    const int fd = ::open(sandbox->path(".events").c_str(), O_RDONLY | O_CLOEXEC | flags);
    EXPECT_GE(fd, 0) << std::strerror(errno);
    fds_.push_back(fd);
    return fd;
  }
  void TearDown() override {
    for (const int fd : fds_) ::close(fd);
    ServedTest::TearDown();
  }

  // What can be read now.
  static std::string read_all(int fd, std::size_t piece = 65536) {
    std::string text;
    std::string buffer(piece, '\0');
    for (;;) {
      const ssize_t got = ::read(fd, buffer.data(), buffer.size());
      if (got <= 0) {
        EXPECT_EQ(got == 0 ? 0 : errno, EAGAIN);
        return text;
      }
      text.append(buffer, 0, static_cast<std::size_t>(got));
    }
  }
  static std::vector<json> parse(const std::string& text) {
    std::vector<json> events;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) events.push_back(json::parse(line));
    return events;
  }
  static std::vector<json> read_events(int fd) { return parse(read_all(fd)); }
  // In short: what, of which lock.
  static std::vector<std::string> names(const std::vector<json>& events) {
    std::vector<std::string> all;
    for (const auto& event : events) {
      all.push_back(event["event"].get<std::string>() +
                    (event.contains("lock") ? " " + event["lock"].get<std::string>() : ""));
    }
    return all;
  }
  static void expect_no_gap(const std::vector<json>& events) {
    for (std::size_t i = 1; i < events.size(); ++i) {
      ASSERT_EQ(events[i]["position"].get<std::uint64_t>(),
                events[i - 1]["position"].get<std::uint64_t>() + 1);
    }
  }

 private:
  std::vector<int> fds_;
};

TEST_F(Events, TellWhatHappensFromTheOpenOn) {
  ASSERT_EQ(sh("flock $L/deploy true").status, 0);
  const int fd = open_events();
  ASSERT_EQ(sh("flock $L/burchtest=2+licence true; flock -s $L/deploy true").status, 0);
  const auto events = read_events(fd);
  EXPECT_THAT(names(events), ElementsAre("start", "granted burchtest", "released burchtest",
                                         "granted deploy", "released deploy"));
  const json& set = events[1];
  EXPECT_EQ(set["units"], json::parse(R"([{"lock":"burchtest","unit":"192.168.124.51"},
      {"lock":"burchtest","unit":"192.168.124.53"},{"lock":"licence","unit":"1"}])"));
  EXPECT_EQ(set["mode"], "ex");
  EXPECT_EQ(set["via"], "flock");
  EXPECT_EQ(set["user"], sh("id -un").out.substr(0, sh("id -un").out.size() - 1));
  EXPECT_EQ(set["position"], events[0]["position"]);
  EXPECT_EQ(events[2]["token"], set["token"]);
  EXPECT_EQ(events[2]["since"], set["time"]);
  EXPECT_EQ(events[4]["mode"], "sh");
  EXPECT_EQ(events[0]["history"], nullptr);
}

TEST_F(Events, TellOfWaitsAndHowTheyEnd) {
  const int fd = open_events();
  const pid_t holder = hold("deploy");
  const pid_t waiter = wait_behind("deploy", "next");
  EXPECT_EQ(sh("flock -w 0.1 $L/deploy true").status, 1);
  end(holder);
  ASSERT_EQ(sandbox->wait_for(waiter), 0);
  ASSERT_TRUE(becomes("deploy", "free", 1));
  const auto events = read_events(fd);
  ASSERT_THAT(names(events),
              ElementsAre("start", "granted deploy", "waiting deploy", "waiting deploy",
                          "ended deploy", "released deploy", "granted deploy", "released deploy"));
  EXPECT_EQ(events[4]["reason"], "interrupted");
  EXPECT_EQ(events[4]["request"], events[3]["request"]);
  EXPECT_EQ(events[6]["request"], events[2]["request"]);
  EXPECT_EQ(events[6]["since"], events[2]["time"]);
  EXPECT_GT(events[6]["seconds"], 0);
}

TEST_F(Events, TellOfCommandsAndDynamicLocks) {
  const int fd = open_events();
  sh("echo 'create mine' > $L/.ctl; echo 'remove mine' > $L/.ctl; echo nonsense > $L/.ctl");
  sh("flock $L/other true");
  const auto events = read_events(fd);
  ASSERT_THAT(names(events),
              ElementsAre("start", "created mine", "command", "removed mine", "command", "command",
                          "created other", "granted other", "released other", "removed other"));
  EXPECT_EQ(events[2]["command"], "create mine");
  EXPECT_EQ(events[2]["code"], "ok");
  EXPECT_EQ(events[2]["answer"], "made lock mine");
  EXPECT_EQ(events[5]["code"], "syntax");
}

TEST_F(Events, AReadWaitsUntilThereIsSomething) {
  sandbox->start_sh("cat $L/.events > $D/heard");
  ASSERT_TRUE(wait_until([&] { return sh("grep -c start $D/heard").out == "1\n"; }));
  EXPECT_EQ(sh("flock $L/deploy true").status, 0);
  EXPECT_TRUE(wait_until([&] { return sh("grep -c released $D/heard").out == "1\n"; }));
}

TEST_F(Events, AReadCanBeInterrupted) {
  const auto ran = sh("timeout 1 cat $L/.events");
  EXPECT_EQ(ran.status, 124);
  EXPECT_EQ(names(parse(ran.out)), std::vector<std::string>{"start"});
  EXPECT_EQ(sh("timeout -s KILL 1 cat $L/.events > /dev/null").status, 137);
}

// bash reads a little and seeks back to the end of the line.
TEST_F(Events, CanBeReadByAShellLineByLine) {
  const auto ran =
      sh("exec 9<$L/.events; flock $L/deploy true; flock $L/licence true; "
         "bash -c 'for i in 1 2 3 4 5; do read -r line <&9; printf \"%s\\n\" \"$line\"; done'");
  EXPECT_THAT(names(parse(ran.out)), ElementsAre("start", "granted deploy", "released deploy",
                                                 "granted licence", "released licence"));
}

TEST_F(Events, CanBeReadInAnyPieces) {
  const int whole = open_events();
  const int pieces = open_events();
  for (int i = 0; i < 20; ++i) sh("flock $L/deploy true");
  const std::string text = read_all(whole);
  EXPECT_EQ(parse(text).size(), 41);
  EXPECT_EQ(read_all(pieces, 7), text);
}

TEST_F(Events, CanBeReadFromAPositionOn) {
  const int before = open_events();
  for (int i = 0; i < 3; ++i) sh("flock $L/deploy true");
  const auto all = read_events(before);
  const auto third = all[3]["position"].get<off_t>();
  const int fd = open_events();
  ASSERT_EQ(::lseek(fd, third, SEEK_SET), third);
  auto events = read_events(fd);
  ASSERT_EQ(events.size(), 5);
  EXPECT_EQ(events[0]["event"], "start");
  EXPECT_EQ(std::vector<json>(events.begin() + 1, events.end()),
            std::vector<json>(all.begin() + 3, all.end()));
  // What is not there yet is waited for.
  const int later = open_events();
  ASSERT_EQ(::lseek(later, third + 1000, SEEK_SET), third + 1000);
  events = read_events(later);
  ASSERT_EQ(events.size(), 1);
  EXPECT_EQ(events[0]["position"], third + 4);
}

TEST_F(Events, WhoReadsTooSlowlyIsToldWhatWasMissed) {
  const int fd = open_events();
  constexpr int many = 20'000;  // more than the ring has room for
  ASSERT_NO_FATAL_FAILURE(lock("deploy", many));
  const auto events = read_events(fd);
  ASSERT_EQ(events[1]["event"], "missed");
  const auto first = events[1]["position"].get<std::uint64_t>();
  const auto missed = events[1]["count"].get<std::uint64_t>();
  EXPECT_EQ(first, events[0]["position"].get<std::uint64_t>());
  EXPECT_EQ(events[2]["position"].get<std::uint64_t>(), first + missed);
  EXPECT_EQ(missed + events.size() - 2, 2 * many);
  expect_no_gap({events.begin() + 2, events.end()});
}

TEST_F(Events, GoOnOverKillsAndUpgrades) {
  const int fd = open_events();
  const pid_t reader = sandbox->start_sh("cat $L/.events > $D/heard");
  ASSERT_TRUE(wait_until([&] { return sh("grep -c start $D/heard").out == "1\n"; }));
  std::string text;
  for (int i = 0; i < 6; ++i) {
    ASSERT_EQ(sh("flock $L/deploy true").status, 0);
    text += read_all(fd, 100);
    ASSERT_EQ(sh("flock $L/licence true").status, 0);
    const pid_t worker = sandbox->worker();
    if (i % 2 == 0) {
      sandbox->kill(worker);
    } else {
      ASSERT_EQ(sh(LOCKCTL_PROGRAM " upgrade").status, 0);
    }
    ASSERT_TRUE(wait_until([&] { return sandbox->has_another_worker(worker); }));
  }
  sh("cat $L/status");
  text += read_all(fd, 100);
  auto events = parse(text);
  EXPECT_EQ(events.front()["event"], "start");
  events.erase(events.begin());
  expect_no_gap(events);
  EXPECT_EQ(std::count_if(events.begin(), events.end(),
                          [](const json& event) { return event["event"] == "serving"; }),
            6);
  EXPECT_EQ(std::count_if(events.begin(), events.end(),
                          [](const json& event) { return event["event"] == "released"; }),
            12);
  const std::string last = events.back().dump();
  EXPECT_TRUE(wait_until([&] { return parse(sh("cat $D/heard").out).back().dump() == last; }));
  auto heard = parse(sh("cat $D/heard").out);
  heard.erase(heard.begin());
  EXPECT_EQ(heard, events);
  end(reader);
}

// Planted at the worst moments for a read that is being answered.
TEST_F(Events, AreReadOnceWhereverTheDaemonIsKilled) {
  for (const char* fault : {"handling kill", "before_append kill", "after_append kill"}) {
    const int fd = open_events();
    sh("flock $L/deploy true");
    // The close comes by itself, later: not after the kill.
    const auto state = [&] { return sh("awk 'NR == 2 { print $3 }' $L/deploy").out; };
    ASSERT_TRUE(wait_until([&] { return state() == "free\n"; }));
    const pid_t worker = sandbox->worker();
    sandbox->plant(fault);
    const auto events = read_events(fd);
    ASSERT_TRUE(wait_until([&] { return sandbox->has_another_worker(worker); }));
    EXPECT_EQ(events[0]["event"], "start") << fault;
    expect_no_gap({events.begin() + 1, events.end()});
    EXPECT_EQ(names(events)[1], "granted deploy");
    EXPECT_EQ(names(events)[2], "released deploy");
  }
}

TEST_F(Events, AreNotForWritingOrLocking) {
  EXPECT_THAT(sh("echo x > $L/.events"), FailsWith("Permission denied"));
  EXPECT_NE(sh("flock -n $L/.events true").status, 0);
  EXPECT_EQ(sh("stat -c %a $L/.events").out, "444\n");
}

// --- The metrics and the page.

TEST_F(Events, MetricsAreAsPrometheusWantsThem) {
  const pid_t holder = hold("burchtest");
  wait_behind("licence=3+burchtest=2", "next");
  sh("flock $L/deploy true; echo 'create mine' > $L/.ctl; echo nonsense > $L/.ctl");
  const auto checked = sh("promtool check metrics < $L/.metrics");
  EXPECT_EQ(checked.status, 0) << checked.out;
  EXPECT_EQ(checked.out, "");
  const std::string metrics = sh("cat $L/.metrics").out;
  for (const char* line :
       {"lockfs_holds 1\n", "lockfs_waiters 1\n", "lockfs_locks{kind=\"board\"} 1\n",
        "lockfs_locks{kind=\"dynamic\"} 1\n", "lockfs_units{lock=\"burchtest\",state=\"held\"} 1\n",
        "lockfs_units{lock=\"burchtest\",state=\"free\"} 1\n",
        "lockfs_lock_waiters{lock=\"licence\"} 1\n", "lockfs_events_total{event=\"granted\"} 2\n",
        "lockfs_commands_total{code=\"ok\"} 1\n", "lockfs_commands_total{code=\"syntax\"} 1\n",
        "lockfs_hold_seconds_count 1\n", "lockfs_wait_seconds_count 2\n",
        "lockfs_wait_seconds_bucket{le=\"0.001\"} 2\n"}) {
    EXPECT_THAT(metrics, testing::HasSubstr(line));
  }
  EXPECT_THAT(metrics, testing::Not(testing::HasSubstr("mine")));
  end(holder);
}

TEST_F(Events, MetricsGoOnOverAKill) {
  sh("flock $L/deploy true");
  const pid_t worker = sandbox->worker();
  sandbox->kill(worker);
  EXPECT_THAT(sh("cat $L/.metrics").out,
              testing::HasSubstr("lockfs_events_total{event=\"released\"} 1\n"));
}

TEST_F(Events, ThePageShowsWhoHoldsAndWhoHeld) {
  sh("flock $L/deploy true");
  hold("burchtest");
  const std::string page = sh("cat $L/.status.html").out;
  EXPECT_THAT(page, testing::StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(page, testing::HasSubstr("<td>192.168.124.51</td><td>held</td>"));
  EXPECT_THAT(page, testing::HasSubstr("token 1\""));
  EXPECT_EQ(sh("stat -c %s $L/.status.html").status, 0);
}

TEST_F(Events, ThePageTakesNothingForItsOwn) {
  sandbox->start_sh(
      "exec flock $L/deploy sh -c 'echo > $D/held; sleep 60' '<script>alert(1)</script>\"&'");
  ASSERT_TRUE(wait_until([&] { return sh("test -e $D/held").status == 0; }));
  const std::string page = sh("cat $L/.status.html").out;
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("<script")));
  EXPECT_THAT(page, testing::HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;"));
}

// --- Whoever wants to disturb.

TEST_F(Events, ReadersThatNeverReadDelayNobody) {
  open_to_all();
  TestAccounts accounts;
  // As many as a user may have open, then some that wait in a read, and some that do not read.
  sh("echo 'while exec {fd}<'$L'/.events; do :; done' > $D/opens");
  const auto ran = sh(TestAccounts::as(accounts.user(), "bash $D/opens"));
  EXPECT_THAT(ran.out, testing::HasSubstr("Too many open files"));
  for (int i = 0; i < 50; ++i) {
    sandbox->start_sh(TestAccounts::as(accounts.user(), "exec cat $L/.events > /dev/null"));
  }
  for (int i = 0; i < 50; ++i) open_events();
  ASSERT_TRUE(wait_until(
      [&] { return std::stoi(sh("sed -n 's/^lockfs_open_files //p' $L/.metrics").out) >= 100; }));
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(sh("for i in $(seq 100); do flock -n $L/deploy true || exit 1; done").status, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, generous);
  sandbox.reset();
}

}  // namespace
}  // namespace lockfs::test
