// lockersh against a server that plays lockerd, honestly and not.
#include <gmock/gmock.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "tests/unit/compat/fake_lockerd.h"
#include "tests/unit/compat/forked.h"
#include "tests/unit/compat/ran.h"
#include "tools/compat/lockerd_lines.h"
#include "tools/compat/this_host.h"

namespace lockfs::compat {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;
using Peer = FakeLockerd::Peer;

bool asks(const std::string& request, const std::string& command) {
  return request.find("\n" + command + "\n\nEOF\n\n") != std::string::npos;
}

// One that gives every lock at once.
void give(const std::string& request, const Peer& peer) {
  if (asks(request, "LOCK")) peer.say("owner me\nlocked 1\nlockname a\n\n\n");
  if (asks(request, "UNLOCK")) peer.say("owner \nlocked 0\n\n\n");
}

Ran lockersh(const FakeLockerd& server, std::vector<std::string> args) {
  args.insert(args.begin(), {"--dhost", "127.0.0.1", "--port", server.port()});
  return run(lockersh_program, args);
}

TEST(Lockersh, SaysWhatTheOriginalSays) {
  const FakeLockerd server(give);
  EXPECT_EQ(lockersh(server, {"--lock", "a:b", "--lock", "c", "true"}).status, 0);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2U);
  const std::string host = host_name();
  const std::string pid = std::to_string(::getpid());
  const std::string user = "user " + host + "_" + pid + "_" + user_name() + "\n";
  const std::string auto_unlock = "autounlock 1\npid " + pid + "\nhostname " + host + "\n";
  EXPECT_EQ(requests[0],
            user + "locks a b c\nblock 1\ntimeout 0\n" + auto_unlock + "LOCK\n\nEOF\n\n");
  EXPECT_EQ(requests[1], user + "locks a\n" + auto_unlock + "UNLOCK\n\nEOF\n\n");
}

TEST(Lockersh, RunsTheWordsInAShellAndExitsAsTheyDo) {
  const FakeLockerd server(give);
  EXPECT_EQ(lockersh(server, {"--lock", "a", "exit", "7"}).status, 7);
  EXPECT_EQ(lockersh(server, {"--lock", "a", "test x = x &&", "exit", "3"}).status, 3);
  EXPECT_EQ(lockersh(server, {"--lock=a", "sh", "-c", "'exit 4'"}).status, 4);
  EXPECT_EQ(lockersh(server, {"--lock", "a", "kill -TERM $$"}).status, 128 + SIGTERM);
  EXPECT_EQ(server.count("UNLOCK"), 4);
}

TEST(Lockersh, HoldsTheLockWhileTheCommandRuns) {
  char file[] = "/tmp/lockersh-test-XXXXXX";
  ::close(::mkstemp(file));
  // The command has ended when UNLOCK comes.
  bool done = false;
  const FakeLockerd server([&](const std::string& request, const Peer& peer) {
    if (asks(request, "UNLOCK")) done = ::access(file, F_OK) != 0;
    give(request, peer);
  });
  EXPECT_EQ(lockersh(server, {"--lock", "a", std::string("rm ") + file}).status, 0);
  EXPECT_TRUE(done);
}

TEST(Lockersh, RunsNothingWithoutTheLock) {
  const std::string mebibyte(1U << 20U, 'x');
  std::string many_lines;
  for (int i = 0; i < 17000; ++i) many_lines += std::string(1000, 'x') + "\n";
  for (const std::string& answer :
       {std::string(), std::string("locked 1"), std::string("owner u\nlocked 0\n\n\n"),
        std::string("locked 1\nlockname other\n\n\n"), std::string("error permission\n"),
        std::string("locked 1\nlockname a\nerror permission\n\n\n"),
        std::string("\xff\0\n locked 1x\n", 13), std::string("locked 1\nlockname a\n") + mebibyte,
        many_lines + "locked 1\nlockname a\n"}) {
    const FakeLockerd server([&](const std::string& request, const Peer& peer) {
      if (asks(request, "LOCK")) peer.say(answer);
    });
    const Ran ran = lockersh(server, {"--lock", "a", "echo ran >&2; exit 0"});
    EXPECT_NE(ran.status, 0) << answer.substr(0, 100);
    EXPECT_THAT(ran.err, HasSubstr("the command was not run")) << answer.substr(0, 100);
  }
}

TEST(Lockersh, TellsARefusalInWords) {
  const FakeLockerd server(
      [](const std::string&, const Peer& peer) { peer.say("error permission\n\n\n"); });
  const Ran ran = lockersh(server, {"--lock", "a", "true"});
  EXPECT_EQ(ran.status, EACCES);
  EXPECT_EQ(ran.err, "lockersh: you may not lock a; the command was not run\n");
}

TEST(Lockersh, KnowsTheWordsOfTheDaemon) {
  const std::pair<std::string, int> refusals[] = {
      {"gone", ENODEV},  {"invalid_lock", EINVAL},         {"unavailable", EBUSY},
      {"limit", ENOLCK}, {"server_restarting", ECANCELED}, {"nonsense", 255}};
  for (const auto& [word, status] : refusals) {
    const FakeLockerd server([&, said = "error " + word + "\n\n\n"](
                                 const std::string&, const Peer& peer) { peer.say(said); });
    EXPECT_EQ(lockersh(server, {"--lock", "a", "true"}).status, status) << word;
  }
}

TEST(Lockersh, SaysForWhomItWaitsWhenAskedTo) {
  const FakeLockerd server([](const std::string& request, const Peer& peer) {
    if (asks(request, "LOCK")) peer.say("print_waiting other\x1b\nprint_obtained\n");
    give(request, peer);
  });
  EXPECT_EQ(lockersh(server, {"--lock", "a", "true"}).out, "");
  EXPECT_EQ(lockersh(server, {"--verbose", "--noverbose", "--lock", "a", "true"}).out, "");
  EXPECT_THAT(lockersh(server, {"--verbose", "--lock", "a", "true"}).out,
              MatchesRegex("Waiting for lock from other.033 at .*\nObtained lock at .*\n"));
}

TEST(Lockersh, GivesUpAfterItsTimeLimitAndHoldsNothing) {
  const FakeLockerd server([](const std::string& request, const Peer& peer) {
    if (!asks(request, "LOCK")) return give(request, peer);
    peer.say("print_waiting other\n");
    peer.wait_for_end();
  });
  const Ran ran = lockersh(server, {"--timeout", "0.2", "--lock", "a", "true"});
  EXPECT_EQ(ran.status, ETIMEDOUT);
  EXPECT_THAT(ran.err, HasSubstr("not locked within the time limit; the command was not run"));
  EXPECT_EQ(server.count("UNLOCK"), 1);
}

TEST(Lockersh, ReportsADeadHolderOfThisHostAndKeepsItsPlace) {
  const std::string dead = host_name() + " " + std::to_string(dead_pid());
  FakeLockerd* fake = nullptr;
  const FakeLockerd server([&](const std::string& request, const Peer& peer) {
    if (asks(request, "LOCK")) {
      peer.say("print_waiting other\nautounlock_check a " + dead + " 2\n");
      for (int i = 0; i < 6000 && fake->count("DEAD_PID " + dead) == 0; ++i) ::usleep(10000);
      peer.say("print_obtained\n");
    }
    give(request, peer);
  });
  fake = const_cast<FakeLockerd*>(&server);
  EXPECT_EQ(lockersh(server, {"--lock", "a", "true"}).status, 0);
  EXPECT_EQ(server.count("DEAD_PID " + dead), 1);
  EXPECT_EQ(server.count("LOCK"), 1);
}

TEST(Lockersh, AsksAnewWhereTheServerEndsTheWaitOverADeadHolder) {
  const std::string dead = host_name() + " " + std::to_string(dead_pid());
  FakeLockerd* fake = nullptr;
  const FakeLockerd server([&](const std::string& request, const Peer& peer) {
    if (asks(request, "LOCK") && fake->count("LOCK") == 1) {
      return peer.say("autounlock_check a " + dead + " 2\nlocked 0\n\n\n");
    }
    give(request, peer);
  });
  fake = const_cast<FakeLockerd*>(&server);
  EXPECT_EQ(lockersh(server, {"--lock", "a", "true"}).status, 0);
  EXPECT_EQ(server.count("LOCK"), 2);
}

TEST(Lockersh, ReportsNobodyElse) {
  const std::string dead = std::to_string(dead_pid());
  const std::string here = host_name();
  const FakeLockerd server([&](const std::string& request, const Peer& peer) {
    if (asks(request, "LOCK")) {
      for (const auto& check :
           {"a " + here + " " + std::to_string(::getpid()), "a elsewhere " + dead,
            "other " + here + " " + dead, "a " + here + " 0", "a " + here + " -1",
            "a " + here + " x", "a " + here + " 4294967299"}) {
        peer.say("autounlock_check " + check + " 2\n");
      }
      peer.say("autounlock_check a " + here + " " + dead + "\n");  // does not know DEAD_PID
    }
    give(request, peer);
  });
  EXPECT_EQ(lockersh(server, {"--lock", "a", "true"}).status, 0);
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(Lockersh, ReportsSoManyAndNotMore) {
  const std::string dead = host_name() + " " + std::to_string(dead_pid());
  const FakeLockerd server([&](const std::string& request, const Peer& peer) {
    if (asks(request, "LOCK")) {
      for (int i = 0; i < 100; ++i) peer.say("autounlock_check a " + dead + " 2\n");
    }
    give(request, peer);
  });
  EXPECT_EQ(lockersh(server, {"--lock", "a", "true"}).status, 0);
  EXPECT_EQ(server.count("DEAD_PID " + dead), 16);
}

TEST(Lockersh, GoesOnToTheNextHost) {
  const FakeLockerd server(give);
  const auto args = [&](const std::string& hosts) {
    return std::vector<std::string>{"--port", server.port(), "--dhost", hosts,
                                    "--lock", "a",           "exit 5"};
  };
  EXPECT_EQ(run(lockersh_program, args("127.0.0.2:127.0.0.1")).status, 5);
  EXPECT_EQ(server.count("UNLOCK"), 1);
}

TEST(Lockersh, TakesItsServerFromTheEnvironment) {
  const FakeLockerd server(give);
  ::setenv("IPCLOCKER_HOST", "127.0.0.1", 1);
  ::setenv("IPCLOCKER_PORT", server.port().c_str(), 1);
  EXPECT_EQ(run(lockersh_program, {"--lock", "a", "exit 6"}).status, 6);
  ::unsetenv("IPCLOCKER_HOST");
  ::unsetenv("IPCLOCKER_PORT");
}

TEST(Lockersh, RunsNothingWhenNoServerCanBeReached) {
  std::string port;
  { port = FakeLockerd(give).port(); }
  const Ran ran =
      run(lockersh_program, {"--dhost", "127.0.0.1", "--port", port, "--lock", "a", "exit 0"});
  EXPECT_EQ(ran.status, ECONNREFUSED);
  EXPECT_THAT(ran.err, StartsWith("lockersh: no lock server can be reached: 127.0.0.1:"));
}

TEST(Lockersh, SaysWhenItCouldNotUnlock) {
  const FakeLockerd server([](const std::string& request, const Peer& peer) {
    if (asks(request, "UNLOCK")) return peer.say("error no\x1bway\n");
    give(request, peer);
  });
  const Ran ran = lockersh(server, {"--lock", "a", "exit 4"});
  EXPECT_EQ(ran.status, 4);
  EXPECT_EQ(ran.err, "lockersh: a was not unlocked: the lock server refuses a: no\\033way\n");
}

TEST(Lockersh, ListsTheLocksSorted) {
  const FakeLockerd server([](const std::string& request, const Peer& peer) {
    if (asks(request, "LOCK_LIST")) peer.say("lock b u2\nlock a u1\nlock x\n\n\n");
  });
  const Ran ran = lockersh(server, {"--locklist"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, "a                    u1\nb                    u2\n");
  EXPECT_EQ(lockersh(server, {"--lock", "a", "--locklist", "echo", "no"}).out, ran.out);
}

TEST(Lockersh, WantsALockAndACommand) {
  EXPECT_EQ(run(lockersh_program, {"true"}).status, 255);
  EXPECT_EQ(run(lockersh_program, {"--lock", "a"}).status, 255);
  EXPECT_EQ(run(lockersh_program, {"--lock"}).status, 255);
  EXPECT_EQ(run(lockersh_program, {"--lock", "a b", "true"}).status, 255);
  EXPECT_EQ(run(lockersh_program, {"--timeout", "x", "--lock", "a", "true"}).status, 255);
  EXPECT_EQ(run(lockersh_program, {"--unknown", "true"}).status, 255);
  EXPECT_EQ(run(lockersh_program, {"--help"}).status, 2);
  EXPECT_EQ(run(lockersh_program, {"--version"}).status, 1);
}

TEST(LockerdLines, AreReadOnceTheyAreComplete) {
  LineReader reader;
  EXPECT_TRUE(reader.add("own"));
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_TRUE(reader.add("er a\n\nlocked 1"));
  EXPECT_EQ(reader.next(), "owner a");
  EXPECT_EQ(reader.next(), "");
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_FALSE(reader.add(std::string(LineReader::max_line, 'x')));
}

}  // namespace
}  // namespace lockfs::compat
