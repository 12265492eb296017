#include "fs/service.h"

#include "fs/attributes.h"
#include "fs/clock.h"
#include "fs/log.h"

namespace lockfs {

Service::Service(const Policy& policy) : engine_(policy, wall_now()) {}

HandleId Service::post(const Event& event) {
  effects_.answers.clear();
  effects_.notices.clear();
  engine_.apply(wall_now(), event, effects_);
  // An answer that reaches nobody is taken back, which may add answers for others.
  for (std::size_t i = 0; i < effects_.answers.size(); ++i) deliver(Answer(effects_.answers[i]));
  for (const auto& notice : effects_.notices) log_notice(notice);
  const auto& answers = effects_.answers;
  const HandleId opened = answers.empty() ? HandleId::none : answers.front().handle;
  if (after_event) after_event();
  return opened;
}

void Service::deliver(const Answer& answer) {
  struct stat created {};
  if (const Lock* lock = engine_.locks().find(answer.node)) created = lock_attributes(*lock);
  if (pending_.deliver(answer, created)) {
    engine_.apply(wall_now(), event::Sent{answer.id}, effects_);
  } else {
    engine_.apply(wall_now(), event::Undelivered{answer.id}, effects_);
  }
}

}  // namespace lockfs
