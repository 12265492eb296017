// The one place where events go in and effects come out: it stamps an event with the time, gives it
// to the engine, writes it to the journal, and only then answers whoever is to be answered and
// writes the log. Only for whoever has the turn (loop.h); not reentrant but from `after_event`.
#pragma once

#include <functional>
#include <memory>

#include "core/engine.h"
#include "fs/journal.h"
#include "fs/pending.h"

namespace lockfs {

class Service {
 public:
  Service(std::unique_ptr<Engine> engine, Journal& journal);

  // Returns the descriptor that the event opened, if it did. A request that was done by a
  // predecessor gets the answer it got then.
  HandleId post(const Event& event);

  // After a crash or an upgrade: says which requests came again. Nothing is answered: the requests
  // follow, each finds its answer, until the last of them has been handled.
  void reconnect(const event::Reconnect& which);
  void reconnected() { coming_again_ = false; }
  // Answers a request that came again, if it was done before. True also if it waits.
  bool answer_again(RequestId id);

  Engine& engine() { return *engine_; }
  Pending& pending() { return pending_; }
  Journal& journal() { return journal_; }

  // Called after each event, when its answers are out.
  std::function<void()> after_event;

 private:
  void apply(const Event& event);
  void deliver_all();
  void deliver(const Answer& answer, bool kept = false);

  std::unique_ptr<Engine> engine_;
  Journal& journal_;
  Pending pending_;
  Effects effects_;  // of the event at hand
  bool coming_again_ = false;
};

}  // namespace lockfs
