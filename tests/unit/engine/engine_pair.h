// An engine and the naive model beside it: both get every event and must agree after each.
#pragma once

#include <string>
#include <vector>

#include "core/engine.h"
#include "tests/unit/engine/model.h"
#include "tests/unit/engine/some_locks.h"

namespace lockfs {

OwnerKey flock_owner(const Handle& handle);

// The engine's state in the words of Model::dump().
std::string dump(const Engine& engine);
std::string to_string(const Answer& answer);
std::string dump(const NoticeText& told);

class EnginePair {
 public:
  explicit EnginePair(const Policy& policy) : engine_(policy, now_), model_(policy, now_) {}

  // Applies the event to both without comparing: for a prefix that was compared before.
  void apply(const Event& event);
  // Applies and compares answers, state, names and invariants; the first difference found, or
  // nothing.
  std::string compare(const Event& event);

  Engine& engine() { return engine_; }
  const Effects& effects() const { return effects_; }
  WallTime now() const { return now_; }

 private:
  std::string difference() const;

  WallTime now_ = 1000;
  Engine engine_;
  model::Model model_;
  Effects effects_;
  std::vector<Answer> expected_;
};

}  // namespace lockfs
