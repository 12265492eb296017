// Runs the commands that a section has for its units (core/hook.h) and tells the engine how they
// ended.
//
// At most HookRules::at_once at a time, those of units that somebody may wait for (`on_release`)
// first. A unit's check is run at the start and at a reload that brings it, and then again when its
// interval is over since the last one ended; not while the unit is held, lest it disturb whoever
// holds it. What a crash or an upgrade has cut off is run anew by whoever comes after. Only for
// whoever has the turn (loop.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fs/check_schedule.h"
#include "fs/hook_run.h"
#include "fs/loop.h"
#include "fs/service.h"

namespace lockfs {

class HookRunner {
 public:
  HookRunner(Loop& loop, Service& service);

  // At the start of a worker.
  void resume();
  void clean(const std::vector<UnitPlace>& places);
  void reloaded();

 private:
  using Clock = std::chrono::steady_clock;
  struct Job {
    UnitPlace place;
    HookKind kind = HookKind::on_release;
  };

  std::string command_of(const Job& job) const;
  std::chrono::nanoseconds interval_of(const UnitPlace& place) const;
  bool can_be_checked(const UnitPlace& place) const;
  void start_next();
  void start(const Job& job);
  std::optional<HookProcess> run(const Job& job, std::string& failure) const;
  void end(const Job& job, const std::string& failure);
  std::optional<Job> next_job();
  void plan_next(const UnitPlace& place);
  void set_timer();
  void check_due();

  Loop& loop_;
  Service& service_;
  std::deque<UnitPlace> to_clean_;
  std::set<UnitPlace> cleaning_;  // in to_clean_, or running
  std::deque<UnitPlace> to_check_;
  std::set<UnitPlace> checking_;  // in to_check_, or running
  std::map<std::uint64_t, std::unique_ptr<HookRun>> running_;
  std::uint64_t next_run_ = 1;
  CheckSchedule due_;
  Timer timer_;
};

}  // namespace lockfs
