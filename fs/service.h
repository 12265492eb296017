// The one place where events go in and effects come out: it stamps an event with the time, gives it
// to the engine, writes it to the journal, and only then answers whoever is to be answered and
// writes the log. Only for whoever has the turn (loop.h); not reentrant but from `after_event`.
#pragma once

#include <functional>
#include <memory>

#include "core/engine.h"
#include "core/event_ring.h"
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
  const Engine& engine() const { return *engine_; }
  Pending& pending() { return pending_; }
  Journal& journal() { return journal_; }
  // The latest notices; what a predecessor had too.
  EventRing& events() { return events_; }

  // Called with the number of somebody who polls and is to be woken; must not block.
  std::function<void(std::uint64_t)> wake = [](std::uint64_t) {};
  // Called after each event, when its answers are out.
  std::function<void()> after_event;
  // Called last: with the connections that the engine has something for; when it was reloaded; with
  // processes that somebody says are dead; with those who asked for a reload; when somebody who may
  // asked for an upgrade; with units for which on_release is to be run. Whoever takes over asks the
  // engine: of answers given again nothing is told.
  std::function<void(const std::vector<ConnectionId>&)> on_connections = [](const auto&) {};
  std::function<void()> on_reloaded = [] {};
  std::function<void(const std::vector<Suspect>&)> on_suspects = [](const auto&) {};
  std::function<void(const std::vector<ConnectionId>&)> on_reloads = [](const auto&) {};
  std::function<void()> on_upgrade = [] {};
  std::function<void(const std::vector<UnitPlace>&)> on_cleanings = [](const auto&) {};

 private:
  void apply(const Event& event, FirstAnswer first = FirstAnswer::kept);
  void deliver_all(std::size_t from);
  void deliver(const Answer& answer, bool kept = false);
  void send(const Answer& answer, bool kept = false);
  bool reply(const Answer& answer);
  void run(const Errands& errands);

  std::unique_ptr<Engine> engine_;
  Journal& journal_;
  Pending pending_;
  EventRing events_;
  Effects effects_;  // of the event at hand
  bool coming_again_ = false;
};

}  // namespace lockfs
