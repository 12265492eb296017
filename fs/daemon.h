// The daemon, from the mount to the unmount: wires the parts, takes signals, knows when to leave.
#pragma once

#include <string>

#include "fs/configuration.h"
#include "fs/kernel_door.h"
#include "fs/loop.h"
#include "fs/options.h"
#include "fs/session.h"
#include "fs/views.h"
#include "fs/worker.h"

namespace lockfs {

class Daemon {
 public:
  // To be blocked (Signals::block) before the first thread.
  static const std::vector<int>& signals();

  Daemon(const Options& options, const LoadedConfiguration& configuration);

  // Nothing if mounted, else the reason in a sentence.
  std::string mount();
  // Serves until the mount is gone or a signal ends it.
  void run();

 private:
  void on_signal(int number);
  void after_event();
  void stop();
  void leave();
  void log_holders();

  Options options_;
  std::chrono::seconds stop_timeout_;
  Loop loop_;
  Signals signals_;
  Worker worker_;
  Service service_;
  Views views_;
  Control control_;
  KernelDoor door_;
  Timer stop_timer_;
  Timer idle_timer_;
  std::unique_ptr<Session> session_;
};

}  // namespace lockfs
