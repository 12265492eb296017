// A connection to a socket door, as far as it counts for the locks: who is there, what it said,
// what it waits for, and what it has not been told yet.
//
// It is the engine's, so that it outlives the process that serves it: the door tells the engine
// which bytes came (event::Received) and which were written (event::Written), and writes what
// stands in `output`. Bounded: the door gives no more bytes while `full()`, and while the output is
// long no further command is looked at.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/effect.h"
#include "core/line_buffer.h"
#include "core/lockerd.h"
#include "core/peer.h"

namespace lockfs {

struct Connection {
  static constexpr std::size_t max_output = std::size_t{64} * 1024;

  ConnectionId id = ConnectionId::none;
  Peer peer;
  // Of a peer over TCP from this host, where somebody looked (event::Identified): only for commands
  // that are root's and the administrators', never for locking.
  uid_t identified = unknown_uid;
  LineBuffer input;
  std::string output;
  bool closing = false;        // nothing more is read; the door closes it once all is written
  std::uint64_t received = 0;  // events of each kind, for a door that must do each once
  std::uint64_t written = 0;

  HandleId handle = HandleId::none;  // through which it waits; mutexdaemon: or holds
  bool waits = false;
  bool told_waiting = false;
  std::optional<Answer> answer = {};   // only during an event
  std::optional<NodeId> listing = {};  // the lock behind which a list goes on

  lockerd::Settings settings;

  // mutexdaemon's: who the user is, which board was asked for last, whether it waits for a reload.
  std::optional<uid_t> user = {};
  std::string board;
  bool reloads = false;

  bool finished() const { return closing && output.empty(); }
  bool full() const { return input.size() > LineBuffer::max_line; }
  bool may_go_on() const { return !waits && !closing && !listing && output.size() < max_output; }
};

// What a connection waits for has a request's number too, apart from all of the kernel's.
inline constexpr std::uint64_t remote_request_bit = std::uint64_t{1} << 62U;

inline RequestId request_of(ConnectionId id) {
  return RequestId{remote_request_bit | static_cast<std::uint64_t>(id)};
}
inline bool is_remote(RequestId id) {
  return (static_cast<std::uint64_t>(id) & remote_request_bit) != 0;
}
inline ConnectionId connection_of(RequestId id) {
  return ConnectionId{static_cast<std::uint64_t>(id) & ~remote_request_bit};
}

using Connections = std::map<ConnectionId, Connection>;

}  // namespace lockfs
