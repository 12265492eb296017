#include "tests/unit/crash_simulation_order.h"

namespace lockfs::sim {

void require(bool condition, const std::string& promise) {
  if (!condition) throw Violation(promise);
}

void OrderCheck::granted(const Wait& wait) const {
  for (const auto& [id, other] : waits_) {
    const bool overtaken =
        other.node == wait.node && other.handle != wait.handle && other.position < wait.position;
    require(!overtaken, "first come, first served");
  }
}

void OrderCheck::asked(const Engine& engine, const event::Acquire& e) {
  const auto key = std::pair(e.handle, e.thread);
  const auto kept = kept_.find(key);
  const bool comes_again = kept != kept_.end() && e.wait && e.mode == Mode::exclusive;
  const RequestId position = comes_again ? kept->second : e.id;
  if (kept != kept_.end()) kept_.erase(kept);
  const Handle* handle = engine.find_handle(e.handle);
  if (e.owner.via == Via::fcntl) {
    used_by_kin_.insert(e.owner.node);
    std::erase_if(waits_, [&](const auto& wait) { return wait.second.node == e.owner.node; });
  }
  if (used_by_kin_.contains(e.owner.node)) return;
  const bool plain = handle != nullptr && handle->expression == nullptr &&
                     handle->names.front()->pool.usable() == 1;
  if (!plain || e.mode != Mode::exclusive) return;
  waits_.insert_or_assign(e.id, Wait{handle->node, e.handle, e.thread, position});
}

void OrderCheck::appended(const Engine& engine, const Event& event,
                          std::span<const Answer> answers) {
  if (const auto* e = std::get_if<event::Acquire>(&event)) asked(engine, *e);
  if (const auto* e = std::get_if<event::Release>(&event)) kept_.erase({e->handle, e->thread});
  if (const auto* e = std::get_if<event::Cancel>(&event)) {
    const auto wait = waits_.find(e->id);
    if (wait != waits_.end()) {
      kept_[{wait->second.handle, wait->second.thread}] = wait->second.position;
    }
  }
  for (const auto& answer : answers) {
    const auto found = waits_.find(answer.id);
    if (found == waits_.end()) continue;
    const Wait wait = found->second;
    waits_.erase(found);
    const bool grant = answer.token != 0 && answer.handle != HandleId::none;
    if (grant) granted(wait);
  }
  std::erase_if(waits_, [&](const auto& wait) { return !engine.is_waiting(wait.first); });
}

}  // namespace lockfs::sim
