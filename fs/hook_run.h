// One run of a command for a unit, from its start to its end or to its time limit. Lives on the
// loop; only for whoever has the turn (loop.h). Gone before its end, it takes the process along.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "fs/hook_process.h"
#include "fs/last_line.h"
#include "fs/loop.h"

namespace lockfs {

class HookRun {
 public:
  // `ended`, with what went wrong, or empty; called once, and may destroy this.
  HookRun(Loop& loop, HookProcess process, std::chrono::seconds limit,
          std::function<void(std::string)> ended);
  ~HookRun();
  HookRun(const HookRun&) = delete;
  HookRun& operator=(const HookRun&) = delete;

 private:
  void read_some();
  void time_is_over();
  void process_ended();
  std::string failure(int status) const;

  Loop& loop_;
  HookProcess process_;
  Descriptor death_;  // readable once it has ended
  std::chrono::seconds limit_;
  bool late_ = false;
  LastLine said_;
  Timer timer_;
  std::function<void(std::string)> ended_;
};

}  // namespace lockfs
