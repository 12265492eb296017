// The worker's part of keeping sockets (kept_sockets.h): has the keeper hold each one too, and says
// which it need not hold any more.
//
// Nothing waits for the keeper: what its queue has no room for is sent a little later, in the order
// in which it was asked for. Only for whoever has the turn (loop.h).
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "core/types.h"
#include "fs/loop.h"
#include "fs/role.h"

namespace lockfs {

class SocketKeeping {
 public:
  // `peer` is the socket to the keeper, whoever that is now.
  SocketKeeping(Loop& loop, const Descriptor& peer);

  // Whether all that was asked for is done.
  bool idle() const { return to_keep_.empty(); }
  // True: the keeper has them, now or as soon as idle() is so; they must stay open until then.
  void keep(const std::vector<int>& sockets);
  void drop(ConnectionId id);
  // There is a new keeper, which holds nothing.
  void start_anew(const std::vector<int>& sockets);

  // Called when it becomes idle after having been not.
  std::function<void()> on_idle = [] {};

 private:
  void flush();
  bool send_some();
  void send_drops();

  const Descriptor& peer_;
  Timer again_;
  std::deque<int> to_keep_;
  std::vector<ConnectionId> to_drop_;
};

}  // namespace lockfs
