// The one place where events go in and effects come out: it stamps an event with the time, gives it to
// the engine, answers whoever is to be answered and writes the log. Only for whoever has the turn
// (loop.h); not reentrant but from `after_event`.
#pragma once

#include <functional>

#include "core/engine.h"
#include "fs/pending.h"

namespace lockfs {

class Service {
 public:
  explicit Service(const Policy& policy);

  // Returns the descriptor that the event opened, if it did.
  HandleId post(const Event& event);

  Engine& engine() { return engine_; }
  Pending& pending() { return pending_; }

  // Called after each event, when its answers are out.
  std::function<void()> after_event;

 private:
  void deliver(const Answer& answer);

  Engine engine_;
  Pending pending_;
  Effects effects_;  // of the event at hand
};

}  // namespace lockfs
