// lockfs under a service manager, of which there is a stand-in here: it reads the notification
// socket, keeps the descriptors that it is given, and passes them to the next start.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

using testing::HasSubstr;

class Manager {
 public:
  explicit Manager(const std::string& folder) {
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = folder + "/notify";
    std::copy(path.begin(), path.end(), address.sun_path);
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    ::setenv("WATCHDOG_USEC", "400000", 1);
    ::setenv("WATCHDOG_PID", "1", 1);  // that of the process started first, whatever it is
  }
  ~Manager() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
    for (const auto& [name, fd] : kept_) ::close(fd);
    ::close(socket_);
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  // How often this line came, of all there was to read.
  long heard(const std::string& line) {
    while (receive_one()) {
    }
    return std::count(lines_.begin(), lines_.end(), line);
  }
  bool waits_for(const std::string& line, long times = 1) {
    return wait_until([&] { return heard(line) >= times; });
  }
  bool keeps(const std::string& name) {
    heard("");
    return kept_.count(name) != 0;
  }
  // What a shell has to put before a command to pass it what is kept.
  std::string passing() {
    std::string numbers;
    std::string names;
    int number = 3;
    for (const auto& [name, fd] : kept_) {
      numbers += " " + std::to_string(number++) + "<&" + std::to_string(fd);
      names += (names.empty() ? "" : ":") + name;
    }
    return "exec" + numbers + "; LISTEN_PID=$$ LISTEN_FDS=" + std::to_string(kept_.size()) +
           " LISTEN_FDNAMES=" + names + " ";
  }

 private:
  bool receive_one() {
    std::array<char, 4096> text{};
    alignas(cmsghdr) std::array<char, 256> control{};
    iovec part{text.data(), text.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(socket_, &message, MSG_DONTWAIT);
    if (size < 0) return false;
    take({text.data(), static_cast<std::size_t>(size)}, descriptor_in(message));
    return true;
  }
  // Not closed on exec, and above those that a start gives numbers of its own.
  static int descriptor_in(msghdr& message) {
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return -1;
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    const int kept = ::fcntl(fd, F_DUPFD, 50);
    ::close(fd);
    return kept;
  }
  void take(const std::string& text, int fd) {
    std::istringstream stream(text);
    std::string name;
    bool removed = false;
    for (std::string line; std::getline(stream, line);) {
      lines_.push_back(line);
      if (line.rfind("FDNAME=", 0) == 0) name = line.substr(7);
      removed = removed || line == "FDSTOREREMOVE=1";
    }
    if (fd < 0 && !removed) return;
    if (const auto old = kept_.find(name); old != kept_.end()) {
      ::close(old->second);
      kept_.erase(old);
    }
    if (!removed) kept_[name] = fd;
  }

  int socket_;
  std::vector<std::string> lines_;
  std::map<std::string, int> kept_;
};

class ServiceManagerTest : public MountTest {
 protected:
  void start() {
    prepare("stop_timeout = 20\n[a]\n[b]\n");
    if (!sandbox) return;
    manager = std::make_unique<Manager>(sandbox->folder());
    ASSERT_EQ(sandbox->start(), "");
    ASSERT_TRUE(manager->waits_for("READY=1"));
    ASSERT_TRUE(manager->keeps("lockfs-fuse"));
    ASSERT_TRUE(manager->keeps("lockfs-journal"));
  }
  bool both_are_there() {
    return wait_until([&] { return sandbox->keeper() > 0 && sandbox->worker() > 0; });
  }
  void kill_both() {
    ASSERT_TRUE(both_are_there());
    sandbox->kill_together(sandbox->keeper(), sandbox->worker());
  }
  void start_again() {
    const long ready = manager->heard("READY=1");
    sandbox->start_sh(manager->passing() + "exec " LOCKFS_PROGRAM " -f $D/lockfs.conf $L");
    ASSERT_TRUE(manager->waits_for("READY=1", ready + 1)) << sandbox->log();
  }

  std::unique_ptr<Manager> manager;
};

TEST_F(ServiceManagerTest, IsToldWhatGoesOn) {
  start();
  if (!sandbox || HasFailure()) return;
  EXPECT_TRUE(manager->waits_for("WATCHDOG=1", 3));
  const long ready = manager->heard("READY=1");
  ::kill(sandbox->keeper(), SIGHUP);
  EXPECT_TRUE(manager->waits_for("RELOADING=1"));
  EXPECT_TRUE(manager->waits_for("READY=1", ready + 1));

  const pid_t old = sandbox->keeper();
  sandbox->kill(old);
  ASSERT_TRUE(wait_until([&] { return sandbox->keeper() != 0 && sandbox->keeper() != old; }));
  EXPECT_TRUE(manager->waits_for("MAINPID=" + std::to_string(sandbox->keeper())));

  sandbox->kill(sandbox->worker());
  EXPECT_TRUE(manager->waits_for("READY=1", ready + 2));
  EXPECT_TRUE(manager->waits_for("WATCHDOG=1", manager->heard("WATCHDOG=1") + 3));

  const pid_t holder = hold("a");
  ASSERT_TRUE(both_are_there());
  ::kill(sandbox->keeper(), SIGTERM);
  EXPECT_TRUE(manager->waits_for("STOPPING=1"));
  EXPECT_TRUE(manager->waits_for("EXTEND_TIMEOUT_USEC=35000000"));
  end(holder);
  EXPECT_TRUE(wait_until([&] { return sandbox->keeper() == 0 && sandbox->worker() == 0; }));
  EXPECT_FALSE(manager->keeps("lockfs-fuse"));
  EXPECT_FALSE(manager->keeps("lockfs-journal"));
}

TEST_F(ServiceManagerTest, NothingIsLostWhenBothAreKilled) {
  start();
  if (!sandbox || HasFailure()) return;
  const pid_t holder = hold("a");
  hold("b", "-s");
  wait_behind("a", "first");
  const pid_t killed = wait_behind("a", "second");
  wait_behind("a", "third");
  const std::string before = sh("grep -v 'echo second' $L/status").out;

  kill_both();
  end(killed);  // while nobody is there to notice
  start_again();
  EXPECT_TRUE(wait_until([&] { return !sandbox->status_has("echo second"); }));
  EXPECT_EQ(sandbox->status(), before);
  EXPECT_EQ(sh("flock -n $L/a true").status, 1);
  EXPECT_EQ(sh("flock -n $L/b true").status, 1);
  EXPECT_TRUE(sandbox->logs("going on with all locks")) << sandbox->log();

  end(holder);
  EXPECT_TRUE(wait_until([&] { return sh("cat $D/order").out == "first\nthird\n"; }));
}

TEST_F(ServiceManagerTest, NothingIsLostHoweverOften) {
  start();
  if (!sandbox || HasFailure()) return;
  hold("a");
  const std::string before = sandbox->status();
  for (int round = 0; round < 5; ++round) {
    kill_both();
    start_again();
    ASSERT_EQ(sandbox->status(), before) << round;
  }
}

TEST_F(ServiceManagerTest, AMountTakenAwayMeanwhileIsMadeAnew) {
  start();
  if (!sandbox || HasFailure()) return;
  kill_both();
  EXPECT_EQ(sh("umount -l $L").status, 0);
  start_again();
  EXPECT_TRUE(sandbox->logs("it was unmounted meanwhile: starting afresh")) << sandbox->log();
  EXPECT_EQ(sh("flock -n $L/a true").status, 0);
}

TEST_F(ServiceManagerTest, AnotherMountsDescriptorsAreNotTaken) {
  start();
  if (!sandbox || HasFailure()) return;
  hold("a");
  kill_both();
  const long ready = manager->heard("READY=1");
  EXPECT_EQ(sh("mkdir $D/mnt2").status, 0);
  sandbox->start_sh(manager->passing() + "exec " LOCKFS_PROGRAM " -f $D/lockfs.conf $D/mnt2");
  ASSERT_TRUE(manager->waits_for("READY=1", ready + 1)) << sandbox->log();
  EXPECT_TRUE(sandbox->logs("it is on " + sandbox->mount_point())) << sandbox->log();
  EXPECT_EQ(sh("flock -n $D/mnt2/a true").status, 0);
  EXPECT_EQ(sh("umount $D/mnt2").status, 0);
}

}  // namespace
}  // namespace lockfs::test
