// Which holds will have lasted too long, and when: only those of locks with a `max_hold`, each
// once, with its next deadline. Of one moment the earlier ticket goes first. Points at claims of
// the ClaimTable, which leave before they go. Not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "core/claim.h"

namespace lockfs {

class HoldDeadlines {
 public:
  // 0: none any more.
  void set(Claim& hold, WallTime deadline) {
    if (hold.deadline != 0) holds_.erase({hold.deadline, hold.ticket});
    hold.deadline = deadline;
    if (deadline != 0) holds_.emplace(std::pair(deadline, hold.ticket), &hold);
  }

  std::optional<WallTime> next() const {
    return holds_.empty() ? std::nullopt : std::optional(holds_.begin()->first.first);
  }
  // The first one whose deadline is not after this moment; nullptr if there is none.
  Claim* due(WallTime now) const {
    const bool any = !holds_.empty() && holds_.begin()->first.first <= now;
    return any ? holds_.begin()->second : nullptr;
  }

  bool has(const Claim& hold) const { return holds_.contains({hold.deadline, hold.ticket}); }
  std::size_t size() const { return holds_.size(); }

 private:
  std::map<std::pair<WallTime, Ticket>, Claim*> holds_;
};

}  // namespace lockfs
