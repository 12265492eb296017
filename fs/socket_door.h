// The socket doors: listeners for the clients of the older systems, as the configuration in force
// says, and their connections.
//
// Listeners and connections outlive this process: the keeper holds them too (socket_keeping.h), and
// what was said on them is the engine's (core/connection.h). Only for whoever has the turn
// (loop.h).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "fs/service.h"
#include "fs/socket_address.h"
#include "fs/socket_connections.h"
#include "fs/socket_keeping.h"

namespace lockfs {

class SocketDoor {
 public:
  SocketDoor(Loop& loop, Service& service, const Descriptor& keeper);

  // With what a predecessor, or whoever mounted, had open. Once, before anything else.
  void resume(std::vector<Descriptor> sockets);
  // There is a new keeper.
  void keep_anew();
  // Tells all who wait that the server goes, and closes.
  void leave();
  // For a reload to these doors that is about to come: opens what is not open yet. What cannot be
  // opened, in words: then nothing is.
  std::vector<std::string> prepare(const Doors& doors);
  void after_reload();

 private:
  struct Listener {
    Descriptor fd;
    std::string address;
    Protocol protocol = Protocol::lockerd;
  };

  bool is_open(const std::string& address) const;
  bool makes_room(const Doors& doors, const std::string& address) const;
  void discard_prepared();
  void open_missing();
  void close_unwanted();
  void listen_at(const std::string& address, Protocol protocol);
  void start(Listener listener);
  Protocol protocol_at(const std::string& address) const;
  void accept_some(int listener);
  void admit(std::vector<Descriptor> sockets, Protocol protocol);
  void pause(bool paused);

  Loop& loop_;
  Service& service_;
  SocketKeeping keeping_;
  SocketConnections connections_;
  Doors doors_;  // as they are open now
  Networks networks_;
  std::map<int, Listener> listeners_;
  std::map<std::string, Descriptor> prepared_;             // by address
  std::vector<std::pair<Descriptor, Protocol>> not_kept_;  // accepted; the keeper's turn is next
  Timer rested_;
  bool paused_ = false;
};

// For a start: listeners at these doors, which the keeper is to hold. Errors go to `errors`, one
// for each.
std::vector<Descriptor> open_doors(const Doors& doors, std::vector<std::string>& errors);

}  // namespace lockfs
