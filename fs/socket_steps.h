// Reading and writing a socket so that each byte is taken and given once, whenever this process is
// killed.
//
// recvmmsg(2) and sendmmsg(2) write how many bytes there were into memory of the caller's, before
// they return and before a SIGKILL can end it; that memory is the journal's, which outlives the
// process. So what the last call did can be told by a successor: it compares the step's number with
// how many steps the engine knows of (Connection::received, written), and does the one that is
// missing. Steps are made one at a time, by whoever has the turn.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/types.h"

namespace lockfs {

class SocketSteps {
 public:
  static constexpr std::size_t max_received = 4096;

  // In the journal's room for it.
  explicit SocketSteps(std::span<std::byte> room);

  // The socket must be non-blocking. What came: empty at the end of the stream; nothing, with errno
  // set, if there is nothing to be had. `step` is this connection's next.
  std::optional<std::string_view> receive(int fd, ConnectionId id, std::uint64_t step);
  // How many bytes were written; negative, with errno set, if none.
  ssize_t send(int fd, ConnectionId id, std::uint64_t step, std::string_view bytes);

  // The last of each kind, for a successor.
  struct Step {
    ConnectionId id = ConnectionId::none;
    std::uint64_t number = 0;
    std::string bytes;      // received
    std::size_t count = 0;  // sent
    std::uint32_t tries = 0;
  };
  // Counts how often it was asked for: bytes that kill whoever handles them are not to do so for
  // ever.
  Step last_received();
  Step last_sent() const;

 private:
  struct Note {
    std::uint64_t connection;
    std::uint64_t step;
    std::uint32_t tries;
    mmsghdr header;
  };
  struct Room {
    Note received;
    Note sent;
    char bytes[max_received];
  };
  static void begin(Note& note, ConnectionId id, std::uint64_t step, iovec& part);

  Room& room_;
};

}  // namespace lockfs
