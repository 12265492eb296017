// The example of a lab's relay: scripts/relay-shell, with a board that is a socket of the test.
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "tests/e2e/served_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

// Listens as a board would; connections come to accept() in their time.
class Board {
 public:
  Board() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 10), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~Board() {
    hang_up();
    ::close(listener_);
  }
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  std::string port() const { return std::to_string(port_); }
  bool accept() {
    if (!is_ready(listener_)) return false;
    connection_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    return connection_ >= 0;
  }
  void say(const std::string& text) const {
    EXPECT_EQ(::send(connection_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  std::string hear(std::size_t size) const {
    std::string text;
    char byte = 0;
    while (text.size() < size && is_ready(connection_) && ::recv(connection_, &byte, 1, 0) == 1) {
      text += byte;
    }
    return text;
  }
  void hang_up() {
    if (connection_ >= 0) ::close(connection_);
    connection_ = -1;
  }

 private:
  static bool is_ready(int fd) {
    pollfd readable{fd, POLLIN, 0};
    return ::poll(&readable, 1, 60000) == 1;
  }

  int listener_;
  int connection_ = -1;
  int port_ = 0;
};

class Relay : public ServedTest {
 protected:
  std::string config() const override {
    return "[deploy]\n[licence]\nunits = 2\n[lab]\naddress = 127.0.0.1\n[s3esk]\naddress = "
           "10.0.0.1\n";
  }
  std::string relay(const std::string& words = "-c lab") const {
    return "RELAY_PORT=" + board.port() + " " RELAY_SHELL " " + words;
  }
  // A user who types nothing, and does not go.
  pid_t start_relay() {
    return sandbox->start_sh("mkfifo $D/in; exec 3<>$D/in; export RELAY_PORT=" + board.port() +
                             "; exec " RELAY_SHELL " -c lab <&3 >$D/screen 2>$D/words");
  }
  bool shows(const std::string& file, const std::string& text) {
    return wait_until([&] { return sh("cat $D/" + file).out.find(text) != std::string::npos; });
  }

  Board board;
};

TEST_F(Relay, ConnectsTheUserWithTheBoard) {
  start_relay();
  ASSERT_TRUE(board.accept());
  board.say("login: ");
  EXPECT_TRUE(shows("screen", "login: "));
  EXPECT_EQ(sh("echo root > $D/in").status, 0);
  EXPECT_EQ(board.hear(5), "root\n");
  EXPECT_THAT(sh("cat $D/words"), Gives(0, "Connected to lab at 127.0.0.1.\n"));
  EXPECT_EQ(count("lab", "held"), 1);
  board.hang_up();
  EXPECT_TRUE(becomes("lab", "free", 1));
}

TEST_F(Relay, LetsGoAtTheEndOfTheInput) {
  EXPECT_EQ(sh("echo bye | " + relay()).status, 0);
  ASSERT_TRUE(board.accept());
  EXPECT_EQ(board.hear(4), "bye\n");
  EXPECT_TRUE(becomes("lab", "free", 1));
}

TEST_F(Relay, LetsGoWhenTheLineDrops) {
  for (const int signal : {SIGHUP, SIGKILL}) {
    const pid_t user = start_relay();
    ASSERT_TRUE(becomes("lab", "held", 1));
    ASSERT_TRUE(board.accept());
    ::kill(user, signal);
    EXPECT_TRUE(becomes("lab", "free", 1));
    sandbox->wait_for(user);
    board.hang_up();
    EXPECT_EQ(sh("rm $D/in").status, 0);
  }
}

TEST_F(Relay, SaysWhoHasTheBoardWhileItWaits) {
  const pid_t holder = hold("lab");
  start_relay();
  ASSERT_TRUE(becomes("lab", "waiting", 1));
  EXPECT_TRUE(shows("words", "since 2"));
  EXPECT_THAT(sh("cat $D/words").out,
              MatchesRegex("Waiting for lab.\n127.0.0.1 is used by root since 2.*\n"));
  end(holder);
  EXPECT_TRUE(board.accept());
}

TEST_F(Relay, WaitsForNobodyWhoWentAway) {
  hold("lab");
  const pid_t user = start_relay();
  ASSERT_TRUE(becomes("lab", "waiting", 1));
  ::kill(user, SIGHUP);
  EXPECT_EQ(sandbox->wait_for(user), 1);
  EXPECT_TRUE(becomes("lab", "waiting", 0));
  // Nobody is there to be told.
  EXPECT_EQ(sh(relay() + " 2>&-").status, 1);
  EXPECT_TRUE(becomes("lab", "waiting", 0));
}

TEST_F(Relay, AsksForTheName) {
  EXPECT_THAT(sh("echo lab | " + relay("") + " 2>&1"),
              Gives(0, "Board (lab s3esk ): Connected to lab at 127.0.0.1.\n"));
  EXPECT_EQ(sh(relay("") + " </dev/null 2>/dev/null").status, 0);
}

TEST_F(Relay, KnowsWhatIsABoard) {
  for (const std::string word :
       {"deploy", "licence", "nothing", "../etc", "''", "'*'", "'lab s3esk'", "status", ".ctl"}) {
    EXPECT_EQ(sh(relay("-c " + word)).status, 1) << word;
  }
  EXPECT_THAT(sh(relay("-c nothing")), Gives(1, "There is no such board; there are: lab s3esk \n"));
}

TEST_F(Relay, KeepsOutWhoMayNot) {
  const TestAccounts accounts;
  open_to_all();
  EXPECT_EQ(reload("[lab]\naddress = 127.0.0.1\nuser = root\n").status, 0);
  ASSERT_EQ(sh("cp " RELAY_SHELL " $D/relay-shell").status, 0);
  EXPECT_THAT(sh(TestAccounts::as(accounts.user(), "$D/relay-shell -c lab")),
              Gives(1, HasSubstr("You may not use lab.")));
}

}  // namespace
}  // namespace lockfs::test
