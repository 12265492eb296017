#include "tests/e2e/stand_in_manager.h"

#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "tests/harness/mount_test.h"

namespace lockfs::test {
namespace {

// Not closed on exec, and above those that a start gives numbers of its own.
int descriptor_in(msghdr& message) {
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return -1;
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  const int kept = ::fcntl(fd, F_DUPFD, 50);
  ::close(fd);
  return kept;
}

}  // namespace

Manager::Manager(const std::string& folder) {
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

Manager::~Manager() {
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  for (const auto& [name, fd] : kept_) ::close(fd);
  ::close(socket_);
}

long Manager::heard(const std::string& line) {
  while (receive_one()) {
  }
  return std::count(lines_.begin(), lines_.end(), line);
}

bool Manager::waits_for(const std::string& line, long times) {
  return wait_until([&] { return heard(line) >= times; });
}

bool Manager::keeps(const std::string& name) {
  heard("");
  return kept_.count(name) != 0;
}

std::string Manager::passing() {
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

bool Manager::receive_one() {
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

void Manager::take(const std::string& text, int fd) {
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

}  // namespace lockfs::test
