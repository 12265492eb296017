#include "fs/socket_keeping.h"

#include <algorithm>
#include <chrono>

#include "fs/kept_sockets.h"

namespace lockfs {
namespace {

constexpr auto pause = std::chrono::milliseconds(10);

}  // namespace

SocketKeeping::SocketKeeping(Loop& loop, const Descriptor& peer)
    : peer_(peer), again_(loop, [this] {
        flush();
        if (idle()) on_idle();
      }) {}

void SocketKeeping::keep(const std::vector<int>& sockets) {
  to_keep_.insert(to_keep_.end(), sockets.begin(), sockets.end());
  flush();
}

// Not one by one: the keeper would have to wake up for each.
void SocketKeeping::drop(ConnectionId id) {
  to_drop_.push_back(id);
  if (to_drop_.size() >= max_dropped_at_once) return flush();
  if (!again_.running()) again_.start(pause);
}

void SocketKeeping::start_anew(const std::vector<int>& sockets) {
  to_keep_.clear();
  to_drop_.clear();
  keep(sockets);
}

// False if the keeper's queue is full. A keeper that is gone gets them all anew when there is
// another.
bool SocketKeeping::send_some() {
  const std::size_t count = std::min(to_keep_.size(), max_packet_sockets);
  const std::vector<int> part(to_keep_.begin(), to_keep_.begin() + static_cast<long>(count));
  if (send_sockets(peer_, part) == Sending::not_now) return false;
  to_keep_.erase(to_keep_.begin(), to_keep_.begin() + static_cast<long>(count));
  return true;
}

void SocketKeeping::send_drops() {
  while (!to_drop_.empty()) {
    const auto first =
        to_drop_.end() - static_cast<long>(std::min(to_drop_.size(), max_dropped_at_once));
    if (!send(peer_, Message::drop, drop_words({first, to_drop_.end()}))) return;
    to_drop_.erase(first, to_drop_.end());
  }
}

void SocketKeeping::flush() {
  while (!to_keep_.empty()) {
    if (!send_some()) break;
  }
  if (to_keep_.empty()) send_drops();
  if (!to_keep_.empty() || !to_drop_.empty()) again_.start(pause);
}

}  // namespace lockfs
