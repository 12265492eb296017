// The connections of the socket doors: their bytes go to the engine, and what the engine has for
// them is written (core/connection.h).
//
// Bounded. Of each connection so many bytes are read at a time as SocketSteps takes, and none while
// the engine has enough of them or the peer does not read its answers; answers are written once in
// a turn. So nobody else notices a flood or a peer that does not read. Only for whoever has the
// turn (loop.h).
#pragma once

#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "core/peer.h"
#include "fs/listener.h"
#include "fs/loop.h"
#include "fs/service.h"
#include "fs/socket_keeping.h"
#include "fs/socket_steps.h"

namespace lockfs {

class SocketConnections {
 public:
  SocketConnections(Loop& loop, Service& service, SocketKeeping& keeping);

  // As many as there can be.
  bool full() const { return sockets_.size() >= max_; }

  // One that was accepted just now, and that the keeper holds too.
  void accept(Descriptor socket, Protocol protocol);
  // One that a predecessor had.
  void adopt(Descriptor socket);
  // Once all of these are there: does what the predecessor had begun, and serves them. Before it
  // nothing is written.
  void resume(const std::function<Protocol(int socket)>& protocol_of);

  // The engine has something for these.
  void serve(const std::vector<ConnectionId>& ids);
  // Of whoever still waits for an answer; without waiting for anybody.
  void write_all();
  std::vector<int> descriptors() const;

 private:
  struct Socket {
    Descriptor fd;
    std::uint32_t watched = 0;  // epoll's events; 0: none yet
  };

  void add(Descriptor socket, Protocol protocol);
  void ready(ConnectionId id, std::uint32_t events);
  bool read_some(ConnectionId id);
  void take(ConnectionId id, std::string_view bytes);
  void identify(const Connection& connection, std::string_view bytes);
  void write_some(ConnectionId id);
  void watch_anew(ConnectionId id);
  void close(ConnectionId id);
  void redo_received();
  void redo_sent();

  Loop& loop_;
  Service& service_;
  SocketKeeping& keeping_;
  SocketSteps steps_;
  std::size_t max_;
  std::map<ConnectionId, Socket> sockets_;
  bool serving_ = true;  // what comes meanwhile is for the next turn
  std::vector<ConnectionId> later_;
};

}  // namespace lockfs
