// Frees the locks of processes that have died, where their holders asked for that (lockerd's
// autounlock).
//
// Every two seconds, while there are such holders, and at once when somebody says that a process is
// dead: the word is never believed. Processes of this host are looked at by the worker, with their
// start times, so that another that got the id is not taken for the holder. Only for whoever has
// the turn (loop.h).
#pragma once

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
  void check_all();
  void look(std::vector<std::pair<HandleId, RemoteParty>> parties);

  Worker& worker_;
  Service& service_;
  Timer timer_;
  bool looking_ = false;
};

}  // namespace lockfs
