#include "fs/peer_user.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "fs/descriptor.h"

namespace lockfs {
namespace {

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 query;
};

using Address = sockaddr_storage;

bool address_of(int socket, bool of_peer, Address& address) {
  socklen_t size = sizeof address;
  auto* into = reinterpret_cast<sockaddr*>(&address);
  return (of_peer ? ::getpeername(socket, into, &size) : ::getsockname(socket, into, &size)) == 0;
}

void copy_address(const Address& from, __be32* address, __be16& port) {
  if (from.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from);
    std::memcpy(address, &v4.sin_addr, sizeof v4.sin_addr);
    port = v4.sin_port;
  } else {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(from);
    std::memcpy(address, &v6.sin6_addr, sizeof v6.sin6_addr);
    port = v6.sin6_port;
  }
}

// Seen from the peer, whose own address is the one that we are connected to.
Request request_for(const Address& theirs, const Address& ours) {
  Request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.query.sdiag_family = static_cast<__u8>(theirs.ss_family);
  request.query.sdiag_protocol = IPPROTO_TCP;
  request.query.idiag_states = ~0U;
  copy_address(theirs, request.query.id.idiag_src, request.query.id.idiag_sport);
  copy_address(ours, request.query.id.idiag_dst, request.query.id.idiag_dport);
  request.query.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  request.query.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return request;
}

}  // namespace

std::optional<uid_t> user_of_peer(int socket) {
  Address ours{};
  Address theirs{};
  if (!address_of(socket, false, ours) || !address_of(socket, true, theirs)) return std::nullopt;
  const Descriptor kernel(
      ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG));
  const Request request = request_for(theirs, ours);
  if (!kernel || ::send(kernel.get(), &request, sizeof request, 0) < 0) return std::nullopt;
  alignas(nlmsghdr) std::array<char, 4096> answer{};
  const ssize_t got = ::recv(kernel.get(), answer.data(), answer.size(), 0);
  const auto* header = reinterpret_cast<const nlmsghdr*>(answer.data());
  if (got < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(inet_diag_msg))) ||
      header->nlmsg_type != SOCK_DIAG_BY_FAMILY) {
    return std::nullopt;
  }
  inet_diag_msg found{};
  std::memcpy(&found, answer.data() + NLMSG_HDRLEN, sizeof found);
  return found.idiag_uid;
}

}  // namespace lockfs
