// lockerd's autounlock for processes of other hosts: their pidstatd is asked, and believed only
// when it answers what it was asked.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "tests/e2e/lockerd_fixture.h"

namespace lockfs::test {
namespace {

// Another host's pidstatd: answers as the test wants to every question, and counts them.
class OtherHost {
 public:
  enum class Manner { silent, alive, dead, for_another_process, without_the_secret };

  explicit OtherHost(const std::string& address)
      : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    ::inet_pton(AF_INET, address.c_str(), &at.sin_addr);
    const servent* service = ::getservbyname("pidstatd", "udp");
    at.sin_port = service != nullptr ? static_cast<in_port_t>(service->s_port) : htons(1752);
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0) << address;
    thread_ = std::thread([this] { serve(); });
  }
  ~OtherHost() {
    done_ = true;
    thread_.join();
  }
  OtherHost(const OtherHost&) = delete;
  OtherHost& operator=(const OtherHost&) = delete;

  void turn(Manner manner) { manner_ = manner; }
  int asked() const { return asked_; }

 private:
  void serve() {
    while (!done_) {
      pollfd readable{fd_.get(), POLLIN, 0};
      if (::poll(&readable, 1, 10) > 0) answer();
    }
  }
  void answer() {
    char question[600] = {};
    char pid[20] = {};
    char host[300] = {};
    sockaddr_in from{};
    socklen_t size = sizeof from;
    ::recvfrom(fd_.get(), question, sizeof question - 1, 0, reinterpret_cast<sockaddr*>(&from),
               &size);
    EXPECT_EQ(::sscanf(question, "PIDR %19s %299s", pid, host), 2) << question;
    const std::string text = words(manner_, pid, host);
    ::sendto(fd_.get(), text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    ++asked_;
  }
  static std::string words(Manner manner, const std::string& pid, const std::string& host) {
    if (manner == Manner::alive) return "EXIS " + pid + " 1 " + host;
    if (manner == Manner::dead) return "EXIS " + pid + " 0 " + host;
    if (manner == Manner::for_another_process) return "EXIS 1" + pid + " 0 " + host;
    if (manner == Manner::without_the_secret) return "EXIS " + pid + " 0 db7";
    return "nonsense";
  }

  Descriptor fd_;
  std::atomic<Manner> manner_ = Manner::alive;
  std::atomic<int> asked_ = 0;
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

using Manner = OtherHost::Manner;

class Autounlock : public LockerdTest {
 protected:
  static std::string process_at(const std::string& host) {
    return "autounlock 1\npid 4711\nhostname " + host + "\n";
  }
  // From now on; returns when it was asked twice more: the second time nothing is on its way that
  // was said before. A word that the process is dead has it asked at once.
  void turn(OtherHost& other, Manner manner, const std::string& named) {
    other.turn(manner);
    const int before = other.asked();
    EXPECT_TRUE(wait_until([&] {
      EXPECT_EQ(request("x", "L", "DEAD_PID " + named + " 4711"), "");
      return other.asked() >= before + 2;
    }));
  }
};

TEST_F(Autounlock, AsksTheHostThatTheClientNames) {
  const std::string address = "127.44.17.52";
  OtherHost host(address);
  serve();
  EXPECT_EQ(request("u", "L", "LOCK", process_at(address)), has("u", "L"));
  const auto next = waiter("w", "L", "u");
  for (const auto manner :
       {Manner::alive, Manner::silent, Manner::for_another_process, Manner::without_the_secret}) {
    turn(host, manner, address);
    EXPECT_EQ(request("x", "L", "STATUS"), busy("u"));
  }
  host.turn(Manner::dead);
  EXPECT_EQ(next->hear_all(), "print_obtained\n" + has("w", "L"));
}

TEST_F(Autounlock, AHostThatIsNotThereFreesNothing) {
  const std::string address = "127.44.17.53";
  serve();
  EXPECT_EQ(request("u", "L", "LOCK", process_at("no.such.host.invalid")), has("u", "L"));
  EXPECT_EQ(request("v", "M", "LOCK", process_at(address)), has("v", "M"));
  EXPECT_EQ(request("x", "M", "DEAD_PID " + address + " 4711"), "");
  OtherHost host(address);
  turn(host, Manner::alive, address);
  EXPECT_EQ(request("x", "L", "STATUS"), busy("u"));
  EXPECT_EQ(request("x", "M", "STATUS"), busy("v"));
  host.turn(Manner::dead);
  EXPECT_TRUE(wait_until([&] { return request("x", "M", "STATUS") == nobody; }));
  EXPECT_EQ(request("x", "L", "STATUS"), busy("u"));
}

// An address of this machine that is no loopback's; empty if it has none.
std::string own_address() {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return "";
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(all, ::freeifaddrs);
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    char figures[INET_ADDRSTRLEN] = {};
    const auto* address = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
    ::inet_ntop(AF_INET, &address->sin_addr, figures, sizeof figures);
    if (!std::string(figures).starts_with("127.")) return figures;
  }
  return "";
}

// What a client says of its host's name decides nothing: no other can have its lock freed by it.
TEST_F(Autounlock, AsksWhereTheConnectionCameFrom) {
  const std::string address = own_address();
  if (address.empty()) GTEST_SKIP() << "this machine has no address but the loopback's";
  const std::string named = "127.44.17.54";
  OtherHost liar(named);
  OtherHost host(address);
  liar.turn(Manner::dead);
  port_ = address + ":" + std::to_string(free_port());
  prepare("listen = " + port_ + "\nlisten_allow = " + address + "/32\n");
  if (sandbox == nullptr) return;
  ASSERT_EQ(sandbox->start(), "");
  EXPECT_EQ(request("u", "L", "LOCK", process_at(named)), has("u", "L"));
  EXPECT_EQ(request("v", "M", "LOCK", process_at("localhost")), has("v", "M"));
  turn(host, Manner::alive, named);
  EXPECT_EQ(request("x", "L", "STATUS"), busy("u"));
  EXPECT_EQ(request("x", "M", "STATUS"), busy("v"));
  host.turn(Manner::dead);
  EXPECT_TRUE(wait_until([&] { return request("x", "L", "STATUS") == nobody; }));
  EXPECT_TRUE(wait_until([&] { return request("x", "M", "STATUS") == nobody; }));
}

}  // namespace
}  // namespace lockfs::test
