// Keeps the offline and drain marks on disk (state_folder.h) as the engine has them.
//
// Written on the worker thread whenever one changed; after each event only two numbers are
// compared. Trouble is an error in the log, once for each kind, and tried again every minute. Only
// for whoever has the turn (loop.h).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/engine.h"
#include "fs/loop.h"
#include "fs/worker.h"

namespace lockfs {

class MarkKeeper {
 public:
  MarkKeeper(Loop& loop, Worker& worker, const Engine& engine, std::string file);

  // To be called after each event.
  void look() {
    if (seen_ != engine_.mark_changes() && !busy_) [[unlikely]]
      save();
  }
  // At the end, when the loop does not run any more: waits until they are on disk, or a few seconds
  // are over.
  void finish();

 private:
  // Writes them as they are now; may block.
  std::function<std::string()> writing() const;
  void save();
  void saved(const std::string& trouble);

  Worker& worker_;
  const Engine& engine_;
  std::string file_;
  Timer retry_;
  std::optional<std::uint64_t> seen_;  // as of the latest that was saved, or is being
  bool busy_ = false;                  // a job or the timer is under way
  std::string trouble_;                // the latest that was logged
};

}  // namespace lockfs
