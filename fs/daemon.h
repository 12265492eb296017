// The worker: wires the parts over a mount that is there, takes signals, knows when to leave.
#pragma once

#include <memory>
#include <vector>

#include "fs/history.h"
#include "fs/hooks.h"
#include "fs/journal.h"
#include "fs/kernel_door.h"
#include "fs/lineage_reader.h"
#include "fs/loop.h"
#include "fs/mark_keeper.h"
#include "fs/options.h"
#include "fs/remote_processes.h"
#include "fs/role.h"
#include "fs/service_manager.h"
#include "fs/session.h"
#include "fs/socket_door.h"
#include "fs/token_reserve.h"
#include "fs/views.h"
#include "fs/worker.h"

namespace lockfs {

class Daemon {
 public:
  // To be blocked (Signals::block) before the first thread.
  static const std::vector<int>& signals();

  Daemon(const Options& options, Journal& journal, std::unique_ptr<Engine> engine,
         Holdings& holdings, const Program& program, RequestId poison);

  // Serves until the mount is gone or a signal ends it; then the mount is taken down.
  void run();

 private:
  void on_signal(int number);
  void after_event();
  void stop();
  void start_stop_timer();
  void reload_for(const std::vector<ConnectionId>& connections);
  void watch_deadline();
  bool is_used() const;
  void leave();
  void log_uncleaned() const;
  void on_peer();
  void taken(Message signal);
  void start_keeper();
  void upgrade();
  [[noreturn]] void yield();

  Options options_;
  Holdings& holdings_;
  const Program& program_;
  RequestId poison_;
  Loop loop_;
  Signals signals_;
  Worker worker_;
  TokenReserve tokens_;
  service_manager::Notifier notifier_;
  Service service_;
  MarkKeeper marks_;
  Views views_;
  Control control_;
  EventFeed feed_;
  History history_;
  KernelDoor door_;
  LineageReader lineages_;
  SocketDoor sockets_;
  RemoteProcesses remote_processes_;
  HookRunner hooks_;
  Timer deadline_timer_;
  WallTime deadline_ = 0;  // what it is set for
  Timer stop_timer_;
  Timer idle_timer_;
  Timer keeper_timer_;
  Session session_;
  bool unmounted_ = false;
};

}  // namespace lockfs
