// pidstatd, and those who ask it.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "fs/pidstat_client.h"
#include "tests/unit/compat/forked.h"
#include "tests/unit/compat/ran.h"
#include "tools/compat/pidstat_server.h"
#include "tools/compat/this_host.h"

namespace lockfs::compat {
namespace {

using ::testing::HasSubstr;

// pidstatd on a port of its own, in a child, so that it can be ended.
class Daemon {
 public:
  Daemon() {
    auto server = PidstatServer::on(0);
    if (!server) std::abort();
    port_ = server->port();
    pid_ = ::fork();
    if (pid_ != 0) return;
    while (server->serve_one()) continue;
    ::_exit(1);
  }
  ~Daemon() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  std::string port() const { return std::to_string(port_); }
  PidstatClient client() const { return std::move(*PidstatClient::to("127.0.0.1", port_)); }

 private:
  std::uint16_t port_ = 0;
  pid_t pid_ = 0;
};

// A UDP socket that answers each datagram with what the test says.
class Liar {
 public:
  explicit Liar(std::vector<std::string> answers)
      : answers_(std::move(answers)), fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Liar() {
    ::shutdown(fd_.get(), SHUT_RDWR);
    thread_.join();
  }
  Liar(const Liar&) = delete;
  Liar& operator=(const Liar&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  void serve() {
    char buffer[1000];
    for (;;) {
      sockaddr_in from{};
      socklen_t size = sizeof from;
      if (::recvfrom(fd_.get(), buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from),
                     &size) <= 0) {
        return;
      }
      for (const auto& answer : answers_) {
        ::sendto(fd_.get(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from),
                 size);
      }
    }
  }

  std::vector<std::string> answers_;
  Descriptor fd_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// What comes back for a datagram; a second one, which is always answered, tells that nothing did.
std::string ask(const Daemon& daemon, const std::string& datagram) {
  auto client = daemon.client();
  ::send(client.fd(), datagram.data(), datagram.size(), 0);
  const std::string last = "PIDR 1 last";
  ::send(client.fd(), last.data(), last.size(), 0);
  char buffer[1000];
  std::string first;
  for (int i = 0; i < 2; ++i) {
    pollfd readable{client.fd(), POLLIN, 0};
    ::poll(&readable, 1, 60000);
    const ssize_t got = ::recv(client.fd(), buffer, sizeof buffer, 0);
    const std::string text(buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (text == "EXIS 1 1 last") break;
    first = text;
  }
  return first;
}

TEST(Pidstatd, AnswersAsTheOriginal) {
  const Daemon daemon;
  const std::string self = std::to_string(::getpid());
  const std::string dead = std::to_string(dead_pid());
  EXPECT_EQ(ask(daemon, "PIDR " + self + " h\n"), "EXIS " + self + " 1 h");
  EXPECT_EQ(ask(daemon, "PIDR " + dead + " h"), "EXIS " + dead + " 0 h");
  EXPECT_EQ(ask(daemon, "PIDR " + self), "EXIS " + self + " 1 " + host_name());
  EXPECT_EQ(ask(daemon, "PIDR " + self + " h 2"), "");
  EXPECT_EQ(ask(daemon, "PIDR " + dead + " h 2"), "EXIS " + dead + " 0 h");
  EXPECT_EQ(ask(daemon, "PIDR " + dead + " h 5"), "");
}

TEST(Pidstatd, IsSilentToWhatIsNoQuestion) {
  const Daemon daemon;
  for (const std::string& datagram :
       {std::string(), std::string("PIDR"), std::string("PIDR 0 h"), std::string("PIDR -1 h"),
        std::string("PIDR 1 h\nPIDR 1 h"), std::string("EXIS 1 1 h"), std::string(60000, 'x'),
        "PIDR 1 " + std::string(400, 'h'), std::string("PIDR 1 \0h", 9)}) {
    EXPECT_EQ(ask(daemon, datagram), "") << datagram.substr(0, 50);
  }
}

TEST(PidstatClient, BelievesOnlyTheAnswerToItsQuestion) {
  const PidQuestion question{4711, "relay", 3};
  const Liar liar({"EXIS 4712 0 relay", "EXIS 4711 0 other", "EXIS 4711 0", "nonsense",
                   "UNKN 4711 1 relay", "EXIS 4711 1 relay"});
  EXPECT_EQ(PidstatClient::to("127.0.0.1", liar.port())->ask(question), PidState::exists);
}

TEST(PidstatClient, TakesNothingFromElsewhere) {
  const Daemon daemon;
  auto client = daemon.client();
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(client.fd(), reinterpret_cast<sockaddr*>(&address), &size);
  const Descriptor forger(::socket(AF_INET, SOCK_DGRAM, 0));
  const std::string forged = "EXIS " + std::to_string(::getpid()) + " 0 h";
  ::sendto(forger.get(), forged.data(), forged.size(), 0, reinterpret_cast<sockaddr*>(&address),
           size);
  EXPECT_EQ(client.ask({::getpid(), "h", 3}), PidState::exists);
}

TEST(Pidstat, SaysWhichExist) {
  const Daemon daemon;
  const std::string self = std::to_string(::getpid());
  const std::string dead = std::to_string(dead_pid());
  const std::vector<std::string> port = {"--port", daemon.port(), "exists"};
  const auto pidstat = [&](std::vector<std::string> words) {
    words.insert(words.begin(), port.begin(), port.end());
    return run(pidstat_program, words);
  };
  Ran ran = pidstat({self, "127.0.0.1:" + self});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, "localhost:" + self + " up\n127.0.0.1:" + self + " up\n");
  ran = pidstat({dead, self});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, "localhost:" + dead + " down\nlocalhost:" + self + " up\n");
  ran = pidstat({"--silent", dead, "--host", "127.0.0.1"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(pidstat({"no.such.host.invalid:1", self}).status, 2);
  EXPECT_EQ(pidstat({}).status, 0);
}

TEST(Pidstat, SaysThatNobodyListens) {
  std::string port;
  {
    const auto server = PidstatServer::on(0);
    port = std::to_string(server->port());
  }
  const Ran ran = run(pidstat_program, {"--port", port, "exists", "127.0.0.1:1"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.out, "127.0.0.1:1 host_down\n");
}

TEST(Pidstat, RefusesWhatIsNoProcess) {
  for (const char* word : {"x", "0", "-1", "h:", "h:x", "h\x1b:1", "99999999999"}) {
    EXPECT_EQ(run(pidstat_program, {"exists", "--", word}).status, 255) << word;
  }
  EXPECT_EQ(run(pidstat_program, {"kill", "1"}).status, 255);
  EXPECT_EQ(run(pidstat_program, {}).status, 255);
  EXPECT_EQ(run(pidstat_program, {"--port", "0", "exists", "1"}).status, 255);
}

// A process to be watched, or to be hit.
class Sleeper {
 public:
  Sleeper() : pid_(::fork()) {
    if (pid_ != 0) return;
    ::signal(SIGHUP, SIG_DFL);
    for (;;) ::pause();
  }
  ~Sleeper() { end(); }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  pid_t pid() const { return pid_; }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  int signal_that_ended_it() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

 private:
  pid_t pid_ = 0;
};

std::vector<std::string> watching(const Daemon& daemon, pid_t pid,
                                  const std::vector<std::string>& more) {
  std::vector<std::string> args = {"--host",      "127.0.0.1", "--port",
                                   daemon.port(), "--pid",     std::to_string(pid)};
  args.insert(args.end(), more.begin(), more.end());
  return args;
}

TEST(Pidwatch, ExitsAsTheCommandDoes) {
  const Daemon daemon;
  EXPECT_EQ(Forked(pidwatch_program, watching(daemon, ::getpid(), {"exit 6"})).wait(), 6);
  EXPECT_EQ(Forked(pidwatch_program, watching(daemon, ::getpid(), {"--cd", "/usr", "pwd"})).line(),
            "/usr");
  EXPECT_EQ(
      Forked(pidwatch_program, watching(daemon, ::getpid(), {"--cd", "/nowhere", "true"})).wait(),
      0);
}

TEST(Pidwatch, SignalsTheCommandWhenTheProcessDies) {
  const Daemon daemon;
  Sleeper watched;
  Forked command(
      pidwatch_program,
      watching(daemon, watched.pid(), {"--signal", "SIGTERM", "echo ready; exec sleep 1000"}));
  EXPECT_EQ(command.line(), "ready");
  watched.end();
  EXPECT_EQ(command.wait(), 128 + SIGTERM);
}

TEST(Pidwatch, SignalsAProcessThatRunsAlready) {
  const Daemon daemon;
  Sleeper watched;
  Sleeper victim;
  EXPECT_EQ(Forked(pidwatch_program,
                   watching(daemon, watched.pid(), {"--foreground", std::to_string(victim.pid())}))
                .wait(),
            0);
  watched.end();
  EXPECT_EQ(victim.signal_that_ended_it(), SIGHUP);
}

TEST(Pidwatch, RunsTheKiller) {
  const Daemon daemon;
  Sleeper watched;
  Sleeper victim;
  const std::string pid = std::to_string(victim.pid());
  EXPECT_EQ(Forked(pidwatch_program,
                   watching(daemon, watched.pid(),
                            {"--foreground", pid, "--killer", "kill", "--signal", "-USR1"}))
                .wait(),
            0);
  watched.end();
  EXPECT_EQ(victim.signal_that_ended_it(), SIGUSR1);
}

TEST(Pidwatch, RefusesWhatItCannotWatch) {
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"true"},
                                             {"--pid", "x", "true"},
                                             {"--pid", "1"},
                                             {"--pid", "1", "--signal", "NONE", "true"},
                                             {"--pid", "1", "--foreground", "1", "true"},
                                             {"--pid", "1", "--port", "x", "true"}}) {
    EXPECT_EQ(run(pidwatch_program, args).status, 255);
  }
  EXPECT_THAT(run(pidwatch_program, {"--pid", "1", "--host", "no.such.host.invalid", "true"}).err,
              HasSubstr("no.such.host.invalid: "));
}

TEST(PidstatdProgram, SaysWhyItCannotListen) {
  const auto taken = PidstatServer::on(0);
  const Ran ran = run(pidstatd_program, {"--nofork", "--port", std::to_string(taken->port())});
  EXPECT_EQ(ran.status, EADDRINUSE);
  EXPECT_THAT(ran.err, HasSubstr("Address already in use"));
}

TEST(PidstatdProgram, ShowsWhatItDoesWhereAskedTo) {
  std::string port;
  {
    const auto server = PidstatServer::on(0);
    port = std::to_string(server->port());
  }
  const Forked daemon(pidstatd_program, {"--nofork", "--debug", "--port", port});
  EXPECT_EQ(daemon.line(), "listening on port " + port);
  EXPECT_EQ(run(pidstat_program, {"--port", port, "exists", "127.0.0.1:1"}).status, 0);
  EXPECT_EQ(daemon.line(), "PIDR 1 127.0.0.1 7\\012 -> EXIS 1 1 127.0.0.1");
}

}  // namespace
}  // namespace lockfs::compat
