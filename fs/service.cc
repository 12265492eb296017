#include "fs/service.h"

#include <concepts>
#include <type_traits>
#include <utility>

#include "fs/clock.h"
#include "fs/fault.h"
#include "fs/log.h"

namespace lockfs {
namespace {

// The request that is done by this event. A Cancel is about one, and must reach it.
RequestId request_of(const Event& event) {
  return std::visit(
      [](const auto& e) -> RequestId {
        using T = std::decay_t<decltype(e)>;
        constexpr bool is_request = requires {
          { e.id } -> std::convertible_to<RequestId>;
        };
        if constexpr (is_request && !std::is_same_v<T, event::Cancel>) {
          return e.id;
        } else {
          return RequestId::none;
        }
      },
      event);
}

bool is_reload(const Event& event) {
  const auto* control = std::get_if<event::Control>(&event);
  return control != nullptr && std::holds_alternative<command::Reload>(control->command);
}

}  // namespace

Service::Service(std::unique_ptr<Engine> engine, Journal& journal)
    : engine_(std::move(engine)), journal_(journal), events_(journal.event_room()) {
  events_.truncate(engine_->last_position());
  journal_.is_unanswered = [this](RequestId id) { return coming_again_ || pending_.contains(id); };
}

// Done first and written then: an event that kills us is not in the journal to kill the next one
// too. What came of it is put among the events before: those that the journal does not know of
// never happened, and a successor takes them out again.
void Service::apply(const Event& event, FirstAnswer first) {
  const WallTime now = wall_now();
  const std::size_t told = effects_.notices.size();
  engine_->apply(now, event, effects_, first);
  for (std::size_t i = told; i < effects_.notices.size(); ++i) {
    events_.push(effects_.told(effects_.notices[i]));
  }
  fault_point("before_append");
  journal_.append(now, event, first, *engine_);
  fault_point("after_append");
  for (const auto number : effects_.wakeups) wake(number);
  effects_.wakeups.clear();
}

HandleId Service::post(const Event& event) {
  if (coming_again_ && answer_again(request_of(event))) {
    const Answer* kept = engine_->kept_answer(request_of(event));
    return kept == nullptr ? HandleId::none : kept->handle;
  }
  effects_.clear();
  // While requests come again an answer may have to wait for its own.
  const auto first = coming_again_ ? FirstAnswer::kept : FirstAnswer::sent;
  apply(event, first);
  if (is_reload(event)) on_reloaded();  // whoever hears of it finds it done
  const bool sends = first == FirstAnswer::sent && !effects_.answers.empty();
  if (sends) send(Answer(effects_.answers.front()));
  deliver_all(sends ? 1 : 0);
  for (const auto& notice : effects_.notices) log_notice(effects_.told(notice));
  const auto& answers = effects_.answers;
  const HandleId opened = answers.empty() ? HandleId::none : answers.front().handle;
  if (effects_.errands.empty()) {
    if (after_event) after_event();
    return opened;
  }
  const Errands errands = std::exchange(effects_.errands, {});
  if (after_event) after_event();
  run(errands);
  return opened;
}

void Service::run(const Errands& errands) {
  if (!errands.connections.empty()) on_connections(errands.connections);
  if (!errands.suspects.empty()) on_suspects(errands.suspects);
  if (!errands.reloads.empty()) on_reloads(errands.reloads);
  if (errands.upgrade) on_upgrade();
  if (!errands.cleanings.empty()) on_cleanings(errands.cleanings);
}

// An answer that reaches nobody is taken back, which may add answers for others.
void Service::deliver_all(std::size_t from) {
  for (std::size_t i = from; i < effects_.answers.size(); ++i) deliver(Answer(effects_.answers[i]));
}

// An answer whose request has not come again yet waits for it. Who is not there to get a new answer
// was killed. Where the kernel sends nothing again, who is not there to get a kept one has got it
// from the predecessor, which had no time to note it.
void Service::deliver(const Answer& answer, bool kept) {
  if (coming_again_ && !pending_.contains(answer.id)) return;
  apply(event::Sent{answer.id});
  send(answer, kept);
}

// False if nobody is there any more to get it.
bool Service::reply(const Answer& answer) {
  const bool opened = answer.node != NodeId::none;
  return pending_.deliver(answer, opened ? engine_->locks().find(answer.node) : nullptr);
}

// What the journal calls sent.
void Service::send(const Answer& answer, bool kept) {
  fault_point("before_reply");
  const bool arrived = reply(answer);
  fault_point("before_note");
  if (arrived || (kept && !kernel_resends(journal_.fuse_init()))) {
    journal_.replied(answer.id);
  } else {
    apply(event::Undelivered{answer.id});
  }
  fault_point("after_reply");
}

void Service::reconnect(const event::Reconnect& which) {
  coming_again_ = true;
  effects_ = {};
  apply(which);
}

bool Service::answer_again(RequestId id) {
  if (id == RequestId::none) return false;
  if (engine_->is_waiting(id)) return true;
  const Answer* kept = engine_->kept_answer(id);
  if (kept == nullptr) return false;
  effects_ = {};
  deliver(Answer(*kept), true);
  deliver_all(0);
  return true;
}

}  // namespace lockfs
