// Frees the locks of processes that have died, where their holders asked for that (lockerd's
// autounlock).
//
// Every two seconds, while there are such holders, and at once when somebody says that a process is
// dead: the word is never believed. Processes of this host are looked at by the worker, with their
// start times, so that another that got the id is not taken for the holder. Those of other hosts
// are asked after at pidstatd there, by threads of their own: where the connection came from, or,
// if that is this host (a tunnel), at the host that the client names. What does not answer is
// alive. Only for whoever has the turn (loop.h).
#pragma once

#include <optional>

#include "fs/service.h"
#include "fs/worker.h"

namespace lockfs {

class RemoteProcesses {
 public:
  RemoteProcesses(Loop& loop, Worker& worker, Service& service);

  // After each event: there may be somebody to look at now.
  void start_if_needed();
  void check(const std::vector<Suspect>& suspects);

 private:
  using Parties = std::vector<std::pair<HandleId, RemoteParty>>;

  // Those whose hosts are asked one after the other, a few each time, everybody in turn.
  struct Inquiry {
    std::size_t at_once;
    std::optional<Worker> thread = {};  // once there is something to ask
    bool asking = false;
    HandleId last = HandleId::none;  // whom it was last asked for
  };

  void check_all();
  void look(Parties parties);
  void ask(Inquiry& inquiry, Parties parties);

  Loop& loop_;
  Worker& worker_;
  Service& service_;
  Timer timer_;
  bool looking_ = false;
  Inquiry by_address_{.at_once = 64};
  // Looking up a name may take as long as the resolver waits: the loss of those who gave names, and
  // a stop waits for one at most.
  Inquiry by_name_{.at_once = 1};
};

}  // namespace lockfs
