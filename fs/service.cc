#include "fs/service.h"

#include <type_traits>

#include "fs/attributes.h"
#include "fs/clock.h"
#include "fs/fault.h"
#include "fs/log.h"

namespace lockfs {
namespace {

// The request that is done by this event. A Cancel is about one, and must reach it.
RequestId request_of(const Event& event) {
  return std::visit(
      [](const auto& e) {
        using T = std::decay_t<decltype(e)>;
        if constexpr (requires { e.id; } && !std::is_same_v<T, event::Cancel>) {
          return e.id;
        } else {
          return RequestId::none;
        }
      },
      event);
}

}  // namespace

Service::Service(std::unique_ptr<Engine> engine, Journal& journal)
    : engine_(std::move(engine)), journal_(journal) {
  journal_.is_unanswered = [this](RequestId id) { return coming_again_ || pending_.contains(id); };
}

// Done first and written then: an event that kills us is not in the journal to kill the next one
// too.
void Service::apply(const Event& event) {
  const WallTime now = wall_now();
  engine_->apply(now, event, effects_);
  fault_point("before_append");
  journal_.append(now, event, *engine_);
  fault_point("after_append");
}

HandleId Service::post(const Event& event) {
  if (coming_again_ && answer_again(request_of(event))) {
    const Answer* kept = engine_->kept_answer(request_of(event));
    return kept == nullptr ? HandleId::none : kept->handle;
  }
  effects_.answers.clear();
  effects_.notices.clear();
  apply(event);
  deliver_all();
  for (const auto& notice : effects_.notices) log_notice(notice);
  const auto& answers = effects_.answers;
  const HandleId opened = answers.empty() ? HandleId::none : answers.front().handle;
  if (after_event) after_event();
  return opened;
}

// An answer that reaches nobody is taken back, which may add answers for others.
void Service::deliver_all() {
  for (std::size_t i = 0; i < effects_.answers.size(); ++i) deliver(Answer(effects_.answers[i]));
}

// An answer whose request has not come again yet waits for it. Who is not there to get a new answer
// was killed. Where the kernel sends nothing again, who is not there to get a kept one has got it
// from the predecessor, which had no time to note it.
void Service::deliver(const Answer& answer, bool kept) {
  if (coming_again_ && !pending_.contains(answer.id)) return;
  struct stat created {};
  if (const Lock* lock = engine_->locks().find(answer.node)) created = lock_attributes(*lock);
  apply(event::Sent{answer.id});
  fault_point("before_reply");
  const bool arrived = pending_.deliver(answer, created);
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
  deliver_all();
  return true;
}

}  // namespace lockfs
