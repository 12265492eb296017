// poll(2) on .events: there is something to read, or there will be.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <string>

#include "tests/e2e/served_test.h"

namespace lockfs::test {
namespace {

class EventsPolled : public ServedTest {
 protected:
  // What poll(2) tells within a limit; 0 if nothing.
  static int tells(int fd, std::chrono::milliseconds limit) {
    pollfd polled{fd, POLLIN, 0};
    return ::poll(&polled, 1, static_cast<int>(limit.count())) == 1 ? polled.revents : 0;
  }
  static std::string read_all(int fd) {
    std::string text;
    std::string buffer(65536, '\0');
    ssize_t got = 0;
    while ((got = ::read(fd, buffer.data(), buffer.size())) > 0) {
      text.append(buffer, 0, static_cast<std::size_t>(got));
    }
    return text;
  }
};

TEST_F(EventsPolled, TellWhenThereIsSomething) {
  const int fd = ::open(sandbox->path(".events").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(tells(fd, generous), POLLIN);
  read_all(fd);
  EXPECT_EQ(tells(fd, std::chrono::milliseconds(100)), 0);
  sandbox->start_sh("sleep 0.5; exec flock $L/deploy true");
  EXPECT_EQ(tells(fd, generous), POLLIN);
  EXPECT_THAT(read_all(fd), testing::HasSubstr("granted"));
  const pid_t worker = sandbox->worker();
  sandbox->start_sh("sleep 0.5; kill -9 " + std::to_string(worker));
  read_all(fd);
  EXPECT_EQ(tells(fd, generous), POLLIN);
  EXPECT_TRUE(wait_until([&] { return sandbox->has_another_worker(worker); }));
  EXPECT_EQ(tells(fd, generous), POLLIN);
  EXPECT_THAT(read_all(fd), testing::HasSubstr("serving"));
  ::close(fd);
}

}  // namespace
}  // namespace lockfs::test
