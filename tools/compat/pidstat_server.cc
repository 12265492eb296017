#include "tools/compat/pidstat_server.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "core/pidstat.h"
#include "tools/compat/this_host.h"

namespace lockfs::compat {
namespace {

// A datagram with where it came from and which of our addresses it was sent to: the answer has to
// come from that one, or a connected socket does not take it.
struct Datagram {
  Datagram() {
    header.msg_name = &from;
    header.msg_namelen = sizeof from;
    header.msg_iov = &content;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
  Datagram(const Datagram&) = delete;
  Datagram& operator=(const Datagram&) = delete;

  bool receive(int fd) {
    const ssize_t got = ::recvmsg(fd, &header, 0);
    if (got < 0) return false;
    text.resize(static_cast<std::size_t>(got));
    return true;
  }
  // Back to where it came from. One that cannot go at once is dropped, as the network would.
  void answer(int fd, std::string& words) {
    content = {words.data(), words.size()};
    header.msg_flags = 0;
    forget_interface();
    ::sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  std::string text = std::string(max_pidstat_datagram + 1, '\0');

 private:
  // By which one an answer goes is the routing's business.
  void forget_interface() {
    cmsghdr* const first = CMSG_FIRSTHDR(&header);
    if (first == nullptr || first->cmsg_type != IP_PKTINFO) return;
    in_pktinfo info{};
    std::memcpy(&info, CMSG_DATA(first), sizeof info);
    info.ipi_ifindex = 0;
    std::memcpy(CMSG_DATA(first), &info, sizeof info);
  }

  msghdr header{};
  sockaddr_in from{};
  iovec content{text.data(), text.size()};
  alignas(cmsghdr) std::array<char, 128> control{};
};

// kill(2) knows of every process, whoever may look at it in /proc.
PidState state_of(pid_t pid) {
  if (::kill(pid, 0) == 0 || errno == EPERM) return PidState::exists;
  return errno == ESRCH ? PidState::absent : PidState::unknown;
}

}  // namespace

Result<PidstatServer> PidstatServer::on(std::uint16_t port) {
  Descriptor fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  const bool ready =
      fd && ::setsockopt(fd.get(), IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes) == 0 &&
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (ready) return PidstatServer(std::move(fd), host_name());
  const int error = errno;
  return failure(error, "UDP port " + std::to_string(port) + ": " + std::strerror(error));
}

std::uint16_t PidstatServer::port() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

std::optional<std::string> PidstatServer::answer_to(std::string_view datagram) const {
  const auto question = parse_pid_question(datagram);
  if (!question) return std::nullopt;
  const auto state = state_of(question->pid);
  if (!question->wants(state)) return std::nullopt;
  return render(PidAnswer{question->pid, state, question->host.empty() ? host_ : question->host});
}

bool PidstatServer::serve_one(const Watch& watch) {
  Datagram datagram;
  if (!datagram.receive(fd_.get()))
    return errno == EINTR || errno == EAGAIN || errno == ECONNREFUSED;
  auto answer = answer_to(datagram.text);
  if (watch) watch(datagram.text, answer.value_or(""));
  if (answer) datagram.answer(fd_.get(), *answer);
  return true;
}

}  // namespace lockfs::compat
