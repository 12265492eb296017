#include "fs/pidstat_client.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <random>
#include <sstream>

#include "core/config_values.h"
#include "fs/service_port.h"

namespace lockfs {
namespace {

using Clock = std::chrono::steady_clock;

bool becomes_readable(int fd, Clock::time_point until) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::ceil<milliseconds>(until - Clock::now()).count();
  pollfd readable{fd, POLLIN, 0};
  return ::poll(&readable, 1, static_cast<int>(std::max<std::int64_t>(left, 0))) > 0;
}

}  // namespace

tl::expected<PidstatClient, std::string> PidstatClient::to(const std::string& host,
                                                           std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  const std::string service = std::to_string(port);
  if (const int error = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found); error != 0) {
    return tl::make_unexpected(host + ": " + ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  Descriptor fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd || ::connect(fd.get(), found->ai_addr, found->ai_addrlen) != 0) {
    const int error = errno;
    return tl::make_unexpected(host + ": " + std::strerror(error));
  }
  return PidstatClient(std::move(fd));
}

bool PidstatClient::send(const PidQuestion& question) {
  const std::string datagram = render(question);
  if (::send(fd_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL) >= 0) return true;
  refused_ = errno == ECONNREFUSED;
  return false;
}

std::optional<PidState> PidstatClient::receive(const PidQuestion& question) {
  std::array<char, max_pidstat_datagram + 1> buffer{};
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0) {
      refused_ = errno == ECONNREFUSED;
      return std::nullopt;
    }
    const auto answer = parse_pid_answer({buffer.data(), static_cast<std::size_t>(got)});
    if (answer && answers(*answer, question)) return answer->state;
  }
}

std::optional<PidState> PidstatClient::ask(const PidQuestion& question) {
  for (int left = tries; left > 0; --left) {
    const auto until = Clock::now() + interval;
    send(question);
    while (!refused_ && becomes_readable(fd_.get(), until)) {
      if (const auto state = receive(question)) return state;
    }
    if (refused_) return std::nullopt;
  }
  return std::nullopt;
}

void PidstatClient::ask_all(std::vector<Asked>& asked, std::chrono::milliseconds patience) {
  const auto until = Clock::now() + patience;
  for (auto& one : asked) one.client.send(one.question);
  for (auto& one : asked) {
    while (!one.client.refused_ && !one.state && becomes_readable(one.client.fd(), until)) {
      one.state = one.client.receive(one.question);
    }
  }
}

std::uint16_t pidstatd_port(const std::optional<std::string>& asked) {
  if (!asked) return service_port("pidstatd", "udp", default_pidstatd_port);
  return static_cast<std::uint16_t>(parse_number(*asked, 1, 65535).value_or(0));
}

PidQuestion secret_question(pid_t pid) {
  std::random_device random;  // the kernel's
  std::ostringstream host;
  for (int i = 0; i < 4; ++i) host << std::hex << random() << '.';
  return {pid, host.str(), 3};
}

}  // namespace lockfs
