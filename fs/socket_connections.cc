#include "fs/socket_connections.h"

#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

#include "fs/clock.h"
#include "fs/fault.h"
#include "fs/kept_sockets.h"
#include "fs/peer_user.h"

namespace lockfs {
namespace {

constexpr std::size_t most_connections = 16384;

// The others are for the rest of the daemon.
std::size_t connection_limit() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  return std::min<std::size_t>(most_connections, files.rlim_cur - files.rlim_cur / 4);
}

Peer describe_peer(int socket, Protocol protocol) {
  Peer peer;
  peer.protocol = protocol;
  peer.since = boot_now();
  const auto address = SocketAddress::of_peer(socket);
  if (address && !address->is_local()) peer.host = address->host();
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (address && address->is_path() &&
      ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
    peer.uid = credentials.uid;
    peer.pid = credentials.pid;
  }
  return peer;
}

bool wants_input(const Connection& connection) {
  return !connection.full() && connection.output.empty() && !connection.closing;
}

// A peer that goes is noticed also while nothing is read from it.
std::uint32_t events_for(const Connection& connection) {
  std::uint32_t events = 0;
  if (wants_input(connection)) events |= EPOLLIN;
  if (!connection.output.empty()) return EPOLLOUT;
  return events | EPOLLRDHUP;
}

}  // namespace

SocketConnections::SocketConnections(Loop& loop, Service& service, SocketKeeping& keeping)
    : loop_(loop),
      service_(service),
      keeping_(keeping),
      steps_(service.journal().socket_room()),
      max_(connection_limit()) {}

void SocketConnections::add(Descriptor socket, Protocol protocol) {
  const auto id = socket_id(socket.get());
  const Peer peer = describe_peer(socket.get(), protocol);
  sockets_[id].fd = std::move(socket);
  service_.post(event::Connected{id, peer});
}

void SocketConnections::accept(Descriptor socket, Protocol protocol) {
  const auto id = socket_id(socket.get());
  add(std::move(socket), protocol);
  ready(id, EPOLLIN);  // what it asks has come with it, mostly
}

void SocketConnections::adopt(Descriptor socket) {
  const auto id = socket_id(socket.get());
  sockets_[id].fd = std::move(socket);
}

// What the predecessor did last, and did not come to note, first of all. A socket that the engine
// does not know was accepted and not announced, or is over.
void SocketConnections::resume(const std::function<Protocol(int)>& protocol_of) {
  redo_received();
  redo_sent();
  serving_ = false;
  event::Reattached still_there;
  for (const auto& [id, socket] : sockets_) still_there.connections.push_back(id);
  service_.post(still_there);
  for (const auto id : still_there.connections) {
    const auto socket = sockets_.find(id);
    if (socket == sockets_.end()) continue;  // another's answer ended it
    const int fd = socket->second.fd.get();
    const bool known = service_.engine().find_connection(id) != nullptr;
    if (!known && has_parted(fd)) {
      close(id);
    } else if (!known) {
      add(std::move(socket->second.fd), protocol_of(fd));
    }
    write_some(id);
  }
}

void SocketConnections::redo_received() {
  const auto last = steps_.last_received();
  const Connection* from = service_.engine().find_connection(last.id);
  if (from == nullptr || last.bytes.empty() || last.number != from->received + 1) return;
  if (last.tries <= 2) return take(last.id, last.bytes);
  spdlog::critical("what a client at {} sent was being handled at two crashes: it is cut off",
                   from->peer.host.empty() ? "this host" : from->peer.host);
  close(last.id);
}

void SocketConnections::redo_sent() {
  const auto last = steps_.last_sent();
  const Connection* to = service_.engine().find_connection(last.id);
  if (to == nullptr || last.count == 0 || last.number != to->written + 1) return;
  service_.post(event::Written{last.id, static_cast<std::uint32_t>(last.count)});
}

void SocketConnections::ready(ConnectionId id, std::uint32_t events) {
  const Connection* connection = service_.engine().find_connection(id);
  if (connection == nullptr) return close(id);
  if ((events & (EPOLLERR | EPOLLHUP)) != 0 && !wants_input(*connection)) return close(id);
  if (!connection->output.empty()) return write_some(id);
  if (wants_input(*connection)) {
    if (!read_some(id)) return close(id);
  } else if ((events & EPOLLRDHUP) != 0) {
    return close(id);
  }
  watch_anew(id);
}

// False if the peer is gone.
bool SocketConnections::read_some(ConnectionId id) {
  const Connection* connection = service_.engine().find_connection(id);
  const auto bytes = steps_.receive(sockets_.at(id).fd.get(), id, connection->received + 1);
  if (!bytes) return errno == EAGAIN || errno == EINTR;
  if (bytes->empty()) return false;
  take(id, *bytes);
  return true;
}

void SocketConnections::take(ConnectionId id, std::string_view bytes) {
  fault_point("socket_received");
  identify(*service_.engine().find_connection(id), bytes);
  service_.post(event::Received{id, std::string(bytes)});
}

// Over TCP within this host the kernel can tell whose the peer is. It is asked only when the peer
// gives a command for which that matters.
void SocketConnections::identify(const Connection& connection, std::string_view bytes) {
  const Peer& peer = connection.peer;
  const bool over_tcp = peer.host.empty() && peer.uid == unknown_uid;
  if (!over_tcp || connection.identified != unknown_uid) return;
  const std::string said = connection.input.text.substr(connection.input.at) + std::string(bytes);
  const bool matters =
      said.find("BREAK_LOCK") != std::string::npos || said.find("RESTART") != std::string::npos;
  const auto socket = sockets_.find(connection.id);
  if (!matters || socket == sockets_.end()) return;
  const auto user = user_of_peer(socket->second.fd.get());
  if (user) service_.post(event::Identified{connection.id, *user});
}

// Once in a turn: whatever the engine then has for it waits for the next.
void SocketConnections::serve(const std::vector<ConnectionId>& ids) {
  if (serving_) {
    if (later_.empty()) loop_.post([this] { serve(std::exchange(later_, {})); });
    later_.insert(later_.end(), ids.begin(), ids.end());
    return;
  }
  serving_ = true;
  for (const auto id : ids) write_some(id);
  serving_ = false;
}

void SocketConnections::write_some(ConnectionId id) {
  const auto socket = sockets_.find(id);
  const Connection* connection = service_.engine().find_connection(id);
  if (socket == sockets_.end()) return;
  if (connection == nullptr) return close(id);
  if (!connection->output.empty()) {
    fault_point("before_socket_send");
    const ssize_t sent =
        steps_.send(socket->second.fd.get(), id, connection->written + 1, connection->output);
    fault_point("after_socket_send");
    if (sent > 0) service_.post(event::Written{id, static_cast<std::uint32_t>(sent)});
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return close(id);
  }
  // What was written may have ended it.
  connection = service_.engine().find_connection(id);
  if (connection == nullptr || connection->finished()) return close(id);
  watch_anew(id);
}

void SocketConnections::watch_anew(ConnectionId id) {
  const auto found = sockets_.find(id);
  const Connection* connection = service_.engine().find_connection(id);
  if (found == sockets_.end() || connection == nullptr) return;
  Socket& socket = found->second;
  const std::uint32_t wanted = events_for(*connection);
  if (socket.watched == 0) {
    loop_.watch(socket.fd.get(), wanted, [this, id](std::uint32_t events) { ready(id, events); });
  } else if (socket.watched != wanted) {
    loop_.change(socket.fd.get(), wanted);
  }
  socket.watched = wanted;
}

// Parted from first: a successor must not take it for one that was just accepted.
void SocketConnections::close(ConnectionId id) {
  const auto found = sockets_.find(id);
  if (found == sockets_.end()) return;
  if (found->second.watched != 0) loop_.forget(found->second.fd.get());
  part_from(found->second.fd.get());
  fault_point("socket_parted");
  if (service_.engine().find_connection(id) != nullptr) service_.post(event::Disconnected{id});
  sockets_.erase(id);
  keeping_.drop(id);
}

void SocketConnections::write_all() {
  std::vector<ConnectionId> ids;
  for (const auto& [id, socket] : sockets_) ids.push_back(id);
  for (const auto id : ids) write_some(id);
}

std::vector<int> SocketConnections::descriptors() const {
  std::vector<int> fds;
  for (const auto& [id, socket] : sockets_) fds.push_back(socket.fd.get());
  return fds;
}

}  // namespace lockfs
