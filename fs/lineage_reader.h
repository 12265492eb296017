// Finds out from which processes those who wait descend, and tells the engine, which needs it to
// see deadlocks (core/wait_graph.h).
//
// Only of waits that last: most are over before anybody could call them a deadlock, and cost
// nothing here but their number. While a lock goes from one to the next, those in its line wait for
// nothing but their turn; they are looked at later. /proc is read on the worker, some waits at a
// time, so that a thousand of them hold up nothing else that the worker does. Only for whoever has
// the turn (loop.h).
#pragma once

#include <deque>
#include <utility>
#include <vector>

#include "fs/service.h"
#include "fs/worker.h"

namespace lockfs {

class LineageReader {
 public:
  LineageReader(Loop& loop, Worker& worker, Service& service);

  // This request of this thread has begun to wait.
  void waits(RequestId request, pid_t thread);
  // Those of a predecessor: what it found out and did not tell is lost.
  void resume();

 private:
  using Wait = std::pair<RequestId, pid_t>;

  std::vector<Wait> take_some();
  void read_some();
  void look_again();
  void tell(const std::vector<event::Lineage>& lineages);

  Worker& worker_;
  Service& service_;
  Timer timer_;
  std::deque<Wait> waits_;
  bool reading_ = false;
};

}  // namespace lockfs
