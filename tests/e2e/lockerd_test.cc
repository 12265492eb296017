// lockerd's protocol over real sockets: each row and rule of it, byte for byte; and what its
// clients have in common with the mount's.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <fstream>
#include <memory>
#include <vector>

#include "tests/e2e/lockerd_fixture.h"

namespace lockfs::test {
namespace {

using Lockerd = LockerdTest;

TEST_F(Lockerd, AnswersEachCommand) {
  serve();
  for (const auto& address : {port_, path_}) {
    const auto ask = [&](const std::string& user, const std::string& command,
                         const std::string& locks = "L") {
      return lockerd_request(address, user, locks, command);
    };
    EXPECT_EQ(ask("u1", "LOCK"), has("u1", "L"));
    EXPECT_EQ(ask("u1", "LOCK"), has("u1", "L"));
    EXPECT_EQ(ask("u2", "LOCK"), busy("u1"));
    EXPECT_EQ(ask("u2", "STATUS"), busy("u1"));
    EXPECT_EQ(ask("u2", "STATUS", "M"), nobody);
    EXPECT_EQ(ask("u2", "LOCK_LIST"), "lock L u1\n\n\n");
    EXPECT_EQ(ask("u2", "UNLOCK"), busy("u1"));
    EXPECT_EQ(ask("u2", "").size(), 0U);
    EXPECT_EQ(ask("u2", "NONSENSE").size(), 0U);
    EXPECT_TRUE(ask("u2", "VERSION").starts_with("version 1.502 1"));
    EXPECT_EQ(ask("u1", "UNLOCK"), nobody);
    EXPECT_EQ(ask("u2", "LOCK_LIST"), "\n\n");
    EXPECT_EQ(ask("u1", "LOCK", "0"), has("u1", "lock"));
    EXPECT_EQ(ask("u1", "UNLOCK", ""), nobody);
    EXPECT_EQ(ask("u1", "LOCK", "../x"), "error invalid_lock\n\n\n");
    EXPECT_EQ(ask("u1", "LOCK"), has("u1", "L"));
    EXPECT_EQ(ask("x", "BREAK_LOCK"), "print_broke u1\n" + nobody);
  }
}

TEST_F(Lockerd, GrantsInTheOrderOfTheRequests) {
  serve();
  EXPECT_EQ(request("u", "L", "LOCK"), has("u", "L"));
  const auto first = waiter("w1", "L", "u");
  const auto second = waiter("w2", "L", "u");
  EXPECT_EQ(request("u", "L", "UNLOCK"), busy("w1"));
  EXPECT_EQ(first->hear_all(), "print_obtained\n" + has("w1", "L"));
  EXPECT_EQ(request("w1", "L", "UNLOCK"), busy("w2"));
  EXPECT_EQ(second->hear_all(), "print_obtained\n" + has("w2", "L"));
}

// In the original, bytes that came while a request waited ended the wait.
TEST_F(Lockerd, TakesARequestInWhateverPieces) {
  serve();
  EXPECT_EQ(request("u", "L", "LOCK"), has("u", "L"));
  DoorClient client(port_);
  const std::string text = lockerd_lines("w", "L", "LOCK", "block 1\n");
  for (const char byte : text) ASSERT_TRUE(client.say(std::string(1, byte)));
  EXPECT_EQ(client.hear(16), "print_waiting u\n");
  client.say("EO");
  client.say("F\n\n");
  EXPECT_EQ(request("u", "L", "UNLOCK"), busy("w"));
  EXPECT_EQ(client.hear_all(), "print_obtained\n" + has("w", "L"));
}

TEST_F(Lockerd, DropsAWaiterThatHangsUpOrHalfCloses) {
  serve();
  EXPECT_EQ(request("u", "L", "LOCK"), has("u", "L"));
  auto gone = waiter("gone", "L", "u");
  auto half = waiter("half", "L", "u");
  const auto last = waiter("last", "L", "u");
  gone->hang_up();
  half->half_close();
  EXPECT_EQ(half->hear_all(), "");
  EXPECT_TRUE(wait_until([&] { return !sandbox->status_has(" gone "); }));
  EXPECT_EQ(request("u", "L", "UNLOCK"), busy("last"));
}

TEST_F(Lockerd, EndsAHoldAtItsLimit) {
  serve();
  EXPECT_EQ(request("u", "L", "LOCK", "timeout 0.3\n"), has("u", "L"));
  const auto next = waiter("w", "L", "u");
  EXPECT_EQ(next->hear_all(), "print_obtained\n" + has("w", "L"));
  EXPECT_EQ(request("u", "L", "UNLOCK"), busy("w"));
}

TEST_F(Lockerd, FreesTheLockOfADeadProcess) {
  serve();
  const pid_t process = sandbox->start_sh("sleep 1000");
  const std::string who = "autounlock 1\npid " + std::to_string(process) + "\nhostname localhost\n";
  EXPECT_EQ(request("u", "L", "LOCK", who), has("u", "L"));
  EXPECT_EQ(request("v", "L", "LOCK", "autounlock 1\npid 1\nhostname other\n"),
            "autounlock_check L localhost " + std::to_string(process) + " 2\n" + busy("u"));
  EXPECT_EQ(request("x", "L", "DEAD_PID localhost " + std::to_string(process)), "");
  const auto next = waiter("w", "L", "u");
  sandbox->kill(process);
  EXPECT_EQ(next->hear_all(), "print_obtained\n" + has("w", "L"));
}

TEST_F(Lockerd, SharesTheTableWithTheMount) {
  serve("[deploy]\n");
  const pid_t holder = hold("deploy");
  const std::string owner = "localhost_";
  const std::string answer = request("u", "deploy", "LOCK");
  EXPECT_TRUE(answer.starts_with("owner " + owner)) << answer;
  DoorClient client(port_);
  client.say(lockerd_lines("w", "deploy", "LOCK", "block 1\n"));
  EXPECT_TRUE(wait_until([&] { return sandbox->status_has("lockerd"); }));
  const pid_t behind = wait_behind("deploy", "behind");
  end(holder);
  const std::string expected = "print_waiting " + answer.substr(6, answer.find('\n') - 6) +
                               "\nprint_obtained\n" + has("w", "deploy");
  EXPECT_EQ(client.hear(expected.size()), expected);
  EXPECT_EQ(sh("flock -n $L/deploy true").status, 1);
  client.say("UNLOCK\n");
  EXPECT_EQ(sandbox->wait_for(behind), 0);
  EXPECT_FALSE(sandbox->status_has("lockerd"));
}

TEST_F(Lockerd, RefusesALockWithGroupsButToThoseWhoMay) {
  serve("[lab]\nuser = root\n");
  EXPECT_EQ(request("u", "lab", "LOCK"), "error permission\n\n\n");
  EXPECT_EQ(lockerd_request(path_, "u", "lab", "LOCK"), has("u", "lab"));
  const TestAccounts accounts;
  const std::string script = sandbox->folder() + "/ask.pl";
  std::ofstream(script) << "use IO::Socket; my $s = IO::Socket::UNIX->new('" << path_
                        << "') or die; print $s \"user v\\nlocks lab\\nBREAK_LOCK\\nEOF\\n\"; "
                           "print <$s>;";
  const auto as_user = sh(TestAccounts::as(accounts.user(), "perl " + script));
  EXPECT_EQ(as_user.out, "error permission\n\n\n");
}

TEST_F(Lockerd, OutlivesWorkerAndKeeper) {
  serve();
  EXPECT_EQ(request("u", "L", "LOCK"), has("u", "L"));
  const auto first = waiter("w1", "L", "u");
  const auto second = waiter("w2", "L", "u", path_);
  DoorClient half_said(port_);
  half_said.say("user h\nlocks H\nLO");
  sandbox->kill(sandbox->worker());
  EXPECT_EQ(request("x", "L", "LOCK"), busy("u"));
  sandbox->kill(sandbox->keeper());
  EXPECT_EQ(request("x", "L", "LOCK"), busy("u"));
  ASSERT_TRUE(wait_until([&] { return sandbox->keeper() != 0; }));
  const pid_t before = sandbox->worker();
  EXPECT_EQ(sh("echo upgrade > $L/.ctl").status, 0);
  EXPECT_TRUE(wait_until([&] { return sandbox->has_another_worker(before); }));
  sandbox->kill(sandbox->worker());
  half_said.say("CK\nEOF\n");
  EXPECT_EQ(half_said.hear_all(), has("h", "H"));
  EXPECT_EQ(request("u", "L", "UNLOCK"), busy("w1"));
  EXPECT_EQ(first->hear_all(), "print_obtained\n" + has("w1", "L"));
  EXPECT_EQ(request("w1", "L", "UNLOCK"), busy("w2"));
  EXPECT_EQ(second->hear_all(), "print_obtained\n" + has("w2", "L"));
}

// Each with its place, over a kill; and gone at once when they hang up.
TEST_F(Lockerd, ThousandsWaitAndNobodyElseNotices) {
  constexpr int many = 2000;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  serve();
  EXPECT_EQ(request("u", "L", "LOCK"), has("u", "L"));
  std::vector<std::unique_ptr<DoorClient>> waiters;
  for (int i = 0; i < many; ++i) {
    waiters.push_back(waiter("w" + std::to_string(i), "L", "u"));
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_EQ(request("x", "M", "LOCK"), has("x", "M"));
  EXPECT_EQ(sh("flock -n $L/other true").status, 0);
  sandbox->kill(sandbox->worker());
  EXPECT_EQ(sh("grep -c waiting $L/L").out, std::to_string(many) + "\n");
  EXPECT_EQ(request("u", "L", "UNLOCK"), busy("w0"));
  for (int i = 0; i < 100; ++i) {
    const std::string user = "w" + std::to_string(i);
    EXPECT_EQ(waiters[static_cast<std::size_t>(i)]->hear_all(),
              "print_obtained\n" + has(user, "L"));
    EXPECT_EQ(request(user, "L", "UNLOCK"), busy("w" + std::to_string(i + 1)));
  }
  for (auto& each : waiters) each->hang_up();
  EXPECT_TRUE(wait_until([&] { return !sandbox->status_has("waiting"); }));
  EXPECT_EQ(request("w100", "L", "UNLOCK"), nobody);
}

// Killed at each step of a request's way: what was asked is done once, and answered once.
TEST_F(Lockerd, DoesNothingTwiceWhereverItIsKilled) {
  serve();
  for (const std::string fault : {"socket_kept", "socket_received", "before_append", "after_append",
                                  "before_socket_send", "after_socket_send", "socket_parted"}) {
    EXPECT_EQ(request("u", "L", "LOCK"), has("u", "L")) << fault;
    sandbox->plant(fault + " kill");
    EXPECT_EQ(lockerd_request(path_, "u", "L", "BREAK_LOCK"), "print_broke u\n" + nobody) << fault;
    EXPECT_TRUE(wait_until([&] { return !sandbox->fault_is_planted(); })) << fault;
  }
}

TEST_F(Lockerd, TellsWaitersThatItGoes) {
  serve();
  EXPECT_EQ(request("u", "L", "LOCK"), has("u", "L"));
  const auto waiting = waiter("w", "L", "u");
  ::kill(sandbox->daemon(), SIGTERM);
  EXPECT_EQ(waiting->hear_all(), "error server_restarting\n\n\n");
  EXPECT_EQ(request("u", "L", "UNLOCK"), nobody);
  EXPECT_EQ(sandbox->wait_for_daemon(), 0);
}

TEST_F(Lockerd, OpensAndClosesDoorsAtAReload) {
  serve();
  EXPECT_EQ(request("u", "L", "LOCK"), has("u", "L"));
  const auto waiting = waiter("w", "L", "u");
  const std::string other = "127.0.0.1:" + std::to_string(free_port());
  sandbox->write_config("listen = " + other + "\n");
  EXPECT_EQ(sh("echo reload > $L/.ctl").status, 0);
  EXPECT_FALSE(DoorClient(port_).connected());
  EXPECT_FALSE(DoorClient(path_).connected());
  EXPECT_EQ(lockerd_request(other, "u", "L", "UNLOCK"), busy("w"));
  EXPECT_EQ(waiting->hear_all(), "print_obtained\n" + has("w", "L"));
}

TEST_F(Lockerd, ADoorThatCannotBeOpenedLeavesTheConfigurationInForce) {
  serve();
  const std::string other = "127.0.0.1:" + std::to_string(free_port());
  const std::string nowhere = sandbox->folder() + "/none/socket";
  sandbox->write_config("listen = " + other + "\nlisten_mutexdaemon = " + nowhere + "\n[new]\n");
  EXPECT_NE(sh("echo reload > $L/.ctl").status, 0);
  EXPECT_EQ(sh("cat $L/.ctl").out, "config the configuration in force stays:\ncannot listen at " +
                                       nowhere + ": No such file or directory\n");
  EXPECT_EQ(request("u", "L", "LOCK"), has("u", "L"));
  EXPECT_FALSE(DoorClient(other).connected());
  EXPECT_EQ(sh("ls $L | grep -c new").out, "0\n");
}

TEST_F(Lockerd, ADoorCanTakeThePortOfOneThatCloses) {
  serve();
  const std::string port = port_.substr(port_.rfind(':'));
  sandbox->write_config("listen = 0.0.0.0" + port + "\nlisten_allow = 127.0.0.0/8\n");
  EXPECT_EQ(sh("echo reload > $L/.ctl").status, 0);
  EXPECT_EQ(lockerd_request("127.0.0.2" + port, "u", "L", "LOCK"), has("u", "L"));
}

TEST_F(Lockerd, WantsAWordAboutOtherHosts) {
  prepare("listen = 0.0.0.0:1\n");
  if (sandbox == nullptr) return;
  EXPECT_NE(sandbox->start().find(":1: \"0.0.0.0:1\" can be reached from other hosts"),
            std::string::npos);
}

TEST_F(Lockerd, SaysWhenAnAddressIsTaken) {
  serve();
  Sandbox second("listen = " + port_ + "\n");
  EXPECT_NE(second.start().find("cannot listen at " + port_ + ": Address already in use"),
            std::string::npos);
}

// None of these disturbs anybody.
TEST_F(Lockerd, BearsWhatNobodyShouldSend) {
  serve();
  DoorClient silent(port_);
  DoorClient endless(port_);
  endless.say(std::string(100'000, 'x'));
  EXPECT_EQ(endless.hear(24), "error line_too_long\n\n\n");
  DoorClient noise(port_);
  std::string bytes;
  for (int i = 0; i < 8000; ++i) bytes += static_cast<char>(i * 7919 >> 3);
  noise.say(bytes);
  DoorClient deaf(port_);  // asks and asks, and reads nothing
  const std::string flood = [] {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "STATUS\nVERSION\nLOCK_LIST\n";
    return text;
  }();
  const timeval moment{0, 50'000};
  ::setsockopt(deaf.fd(), SOL_SOCKET, SO_SNDTIMEO, &moment, sizeof moment);
  for (int i = 0; i < 100 && deaf.say(flood); ++i) {
  }
  EXPECT_EQ(request("u", "L", "LOCK"), has("u", "L"));
  EXPECT_EQ(sh("flock -n $L/other true").status, 0);
}

}  // namespace
}  // namespace lockfs::test
