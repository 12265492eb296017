// The service manager (systemd) that may have started us: what it is told, and what it keeps.
//
// It is told through its socket (sd_notify(3)): that the mount is served, that a reload is under
// way, that the end has come, that the loop is alive (watchdog), and which process is the main one
// once a keeper was killed. And it keeps the two descriptors that a mount is (role.h) in its
// descriptor store: if both processes end, the next start gets them back and goes on as a worker
// does after a crash; no lock, waiter or place is lost. The program that served is kept with them,
// for the case that the next one cannot read the journal. Where nothing manages us, all this does
// nothing.
#pragma once

#include <chrono>
#include <string>

#include "fs/loop.h"
#include "fs/role.h"
#include "fs/worker.h"

namespace lockfs::service_manager {

// What was kept of a mount whose processes all ended; empty if this is a fresh start.
struct Stored {
  Holdings holdings;
  Descriptor program;  // the executable that served it
};
// Before anything else in the process that a user or the manager started: it also makes the
// environment fit for the processes started from here. Descriptors that were passed for no purpose
// of ours are closed.
Stored take_stored();

// Whether somebody manages us.
bool is_there();

// Has both descriptors and this program kept, or no longer.
void store(const Holdings& holdings);
void forget_stored();

// This process, a keeper in another's place, is the main one now.
void announce_main_process();

// The end has come.
void stopping();

// Tells the manager what the worker does. It sends from a thread of its own, for a manager that
// does not read would block the loop. Only for whoever has the turn (loop.h).
class Notifier {
 public:
  explicit Notifier(Loop& loop);

  // The mount is served; and, from now on, as often as the manager wants to know, still.
  void serving();
  void reloading();
  void reloaded();
  // Holders are served for so long at most.
  void stopping(std::chrono::seconds limit);

 private:
  void tell(std::string message);
  void keep_alive();

  Worker sender_;
  Timer watchdog_;
  std::chrono::microseconds watchdog_period_{0};  // 0: nobody watches
};

}  // namespace lockfs::service_manager
