#include "fs/socket_steps.h"

#include <sys/mman.h>

#include <atomic>

namespace lockfs {

// Kept in memory: a page that had to be fetched could break off a call that a SIGKILL hurries.
SocketSteps::SocketSteps(std::span<std::byte> room) : room_(*reinterpret_cast<Room*>(room.data())) {
  static_assert(sizeof(Room) < 16384);
  static_cast<void>(::mlock(&room_, sizeof room_));
}

// The count goes first: without it a note says nothing.
void SocketSteps::begin(Note& note, ConnectionId id, std::uint64_t step, iovec& part) {
  note.header.msg_len = 0;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  note.connection = static_cast<std::uint64_t>(id);
  note.step = step;
  note.tries = 0;
  note.header.msg_hdr = {};
  note.header.msg_hdr.msg_iov = &part;
  note.header.msg_hdr.msg_iovlen = 1;
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

std::optional<std::string_view> SocketSteps::receive(int fd, ConnectionId id, std::uint64_t step) {
  iovec part{room_.bytes, sizeof room_.bytes};
  begin(room_.received, id, step, part);
  if (::recvmmsg(fd, &room_.received.header, 1, MSG_DONTWAIT, nullptr) != 1) return std::nullopt;
  return std::string_view(room_.bytes, room_.received.header.msg_len);
}

ssize_t SocketSteps::send(int fd, ConnectionId id, std::uint64_t step, std::string_view bytes) {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  begin(room_.sent, id, step, part);
  if (::sendmmsg(fd, &room_.sent.header, 1, MSG_DONTWAIT | MSG_NOSIGNAL) != 1) return -1;
  return static_cast<ssize_t>(room_.sent.header.msg_len);
}

SocketSteps::Step SocketSteps::last_received() {
  Note& note = room_.received;
  Step step{ConnectionId{note.connection}, note.step, {}, note.header.msg_len, ++note.tries};
  if (step.count <= sizeof room_.bytes) step.bytes.assign(room_.bytes, step.count);
  return step;
}

SocketSteps::Step SocketSteps::last_sent() const {
  const Note& note = room_.sent;
  return {ConnectionId{note.connection}, note.step, {}, note.header.msg_len, 0};
}

}  // namespace lockfs
