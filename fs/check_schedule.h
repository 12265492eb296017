// When which unit's check is due. A value; no clock of its own.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/hook.h"

namespace lockfs {

class CheckSchedule {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  void set(const UnitPlace& place, Moment moment) {
    const auto known = when_.find(place);
    if (known != when_.end()) order_.erase({known->second, place});
    when_[place] = moment;
    order_.emplace(moment, place);
  }

  std::optional<Moment> when(const UnitPlace& place) const {
    const auto known = when_.find(place);
    return known == when_.end() ? std::nullopt : std::optional(known->second);
  }

  std::optional<Moment> next() const {
    return order_.empty() ? std::nullopt : std::optional(order_.begin()->first);
  }

  // Takes out those that are due at this moment, the earliest first.
  std::vector<UnitPlace> take_due(Moment now) {
    std::vector<UnitPlace> due;
    while (!order_.empty() && order_.begin()->first <= now) {
      due.push_back(order_.begin()->second);
      when_.erase(due.back());
      order_.erase(order_.begin());
    }
    return due;
  }

 private:
  std::map<UnitPlace, Moment> when_;
  std::set<std::pair<Moment, UnitPlace>> order_;
};

}  // namespace lockfs
