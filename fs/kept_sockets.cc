#include "fs/kept_sockets.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace lockfs {
namespace {

// They stand above whatever else a keeper has open: by that it knows them after an exec.
constexpr int first_kept = 64;

void set_close_on_exec(int fd, bool close) { ::fcntl(fd, F_SETFD, close ? FD_CLOEXEC : 0); }

Descriptor in_its_place(Descriptor socket) {
  if (socket.get() >= first_kept) return socket;
  return Descriptor(::fcntl(socket.get(), F_DUPFD_CLOEXEC, first_kept));
}

// How long a worker may take to make room for more.
constexpr int patience_ms = 2000;

bool send_part(const Descriptor& worker, std::span<const int> part) {
  for (;;) {
    const auto sent = send_sockets(worker, part);
    if (sent != Sending::not_now) return sent == Sending::done;
    pollfd room{worker.get(), POLLOUT, 0};
    if (::poll(&room, 1, patience_ms) <= 0) return false;
  }
}

}  // namespace

ConnectionId socket_id(int fd) {
  std::uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  const bool known = ::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0;
  return ConnectionId{known ? cookie : 0};
}

std::string drop_words(const std::vector<ConnectionId>& ids) {
  return {reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(ConnectionId)};
}

std::vector<Descriptor> KeptSockets::inherited() {
  std::vector<Descriptor> sockets;
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return sockets;
  while (const dirent* entry = ::readdir(folder)) {
    const int fd = std::atoi(entry->d_name);
    if (fd < first_kept || fd == ::dirfd(folder)) continue;
    if (socket_id(fd) == ConnectionId::none) continue;
    set_close_on_exec(fd, true);
    sockets.emplace_back(fd);
  }
  ::closedir(folder);
  return sockets;
}

void KeptSockets::keep(std::vector<Descriptor> sockets) {
  for (auto& socket : sockets) {
    const auto id = socket_id(socket.get());
    sockets_.insert_or_assign(id, in_its_place(std::move(socket)));
  }
}

void KeptSockets::drop(std::string_view words) {
  for (; words.size() >= sizeof(ConnectionId); words.remove_prefix(sizeof(ConnectionId))) {
    ConnectionId id{};
    std::memcpy(&id, words.data(), sizeof id);
    sockets_.erase(id);
  }
}

void KeptSockets::give(const Descriptor& worker) const {
  std::vector<int> part;
  for (const auto& [id, socket] : sockets_) {
    part.push_back(socket.get());
    if (part.size() < max_packet_sockets) continue;
    if (!send_part(worker, part)) return;
    part.clear();
  }
  if (!part.empty()) send_part(worker, part);
}

void KeptSockets::survive_exec(bool survive) const {
  for (const auto& [id, socket] : sockets_) set_close_on_exec(socket.get(), !survive);
}

}  // namespace lockfs
