#include "tests/unit/simulation/crash_simulation_order.h"

#include <algorithm>

namespace lockfs::sim {
namespace {

bool has_one_unit(const Snapshot& image, NodeId node) {
  return std::any_of(image.locks.begin(), image.locks.end(), [&](const Snapshot::Lock& lock) {
    return lock.node == node && lock.units.size() == 1;
  });
}

void add(std::map<NodeId, Mode>& modes, NodeId lock, Mode mode) {
  const auto [known, is_new] = modes.try_emplace(lock, mode);
  if (!is_new && mode == Mode::exclusive) known->second = mode;
}

bool conflict(const std::map<NodeId, Mode>& a, const std::map<NodeId, Mode>& b) {
  return std::any_of(a.begin(), a.end(), [&](const auto& entry) {
    const auto other = b.find(entry.first);
    return other != b.end() &&
           (entry.second == Mode::exclusive || other->second == Mode::exclusive);
  });
}

}  // namespace

void require(bool condition, const std::string& promise) {
  if (!condition) throw Violation(promise);
}

OrderCheck::Position OrderCheck::take_position(const event::Acquire& e) {
  Position position = ++last_position_;
  const auto kept = kept_.find({e.handle, e.thread, e.mode});
  if (kept != kept_.end() && e.wait) position = kept->second;
  std::erase_if(kept_, [&](const auto& entry) {
    return std::get<0>(entry.first) == e.handle && std::get<1>(entry.first) == e.thread;
  });
  return position;
}

void OrderCheck::asked(const Event& event) {
  if (const auto* e = std::get_if<event::Acquire>(&event)) {
    if (e->owner.via == Via::fcntl) kin_may_pass_ = true;
    waits_.insert_or_assign(e->id, Wait{e->handle, e->thread, e->mode, take_position(*e), {}});
  } else if (const auto* hold = std::get_if<event::Hold>(&event)) {
    waits_.insert_or_assign(hold->id, Wait{HandleId::none, 0, hold->mode, ++last_position_, {}});
  } else if (const auto* release = std::get_if<event::Release>(&event)) {
    std::erase_if(kept_, [&](const auto& entry) {
      return std::get<0>(entry.first) == release->handle &&
             std::get<1>(entry.first) == release->thread;
    });
  } else if (const auto* cancel = std::get_if<event::Cancel>(&event)) {
    const auto wait = waits_.find(cancel->id);
    if (wait == waits_.end()) return;
    const auto& [handle, thread, mode, position, wants] = wait->second;
    if (handle != HandleId::none) kept_[{handle, thread, mode}] = position;
  }
}

void OrderCheck::note_wants(const Snapshot& image) {
  for (const auto& claim : image.waits) {
    const auto wait = waits_.find(claim.request);
    if (wait == waits_.end()) continue;
    wait->second.wants.clear();
    for (const auto& alternative : claim.alternatives) {
      for (const auto& want : alternative) add(wait->second.wants, want.lock, want.mode);
    }
  }
}

void OrderCheck::granted(const Snapshot& image, const Wait& wait, Token token) const {
  const auto hold = std::find_if(image.holds.begin(), image.holds.end(),
                                 [&](const auto& claim) { return claim.token == token; });
  if (hold == image.holds.end()) return;  // given up in the same step
  Modes got;
  for (const auto& grant : hold->grants) {
    if (has_one_unit(image, grant.lock)) add(got, grant.lock, grant.mode);
  }
  for (const auto& [id, other] : waits_) {
    const bool overtaken =
        other.position < wait.position && other.handle != wait.handle && conflict(other.wants, got);
    require(!overtaken, "first come, first served: " + std::to_string(wait.position) + " before " +
                            std::to_string(other.position));
  }
}

void OrderCheck::appended(const Engine& engine, const Event& event,
                          std::span<const Answer> answers) {
  asked(event);
  if (kin_may_pass_) return;  // from this very event on
  const bool any_grant = std::any_of(answers.begin(), answers.end(), [](const Answer& answer) {
    return answer.token != 0 && answer.handle != HandleId::none;
  });
  const bool changes = std::holds_alternative<event::Acquire>(event) ||
                       std::holds_alternative<event::Hold>(event) ||
                       std::holds_alternative<event::Control>(event);
  if (!any_grant && !changes) return;
  const Snapshot image = Snapshot::save(engine);
  const auto answered = [&](RequestId id) {
    return std::any_of(answers.begin(), answers.end(),
                       [&](const Answer& answer) { return answer.id == id; });
  };
  std::erase_if(waits_, [&](const auto& wait) {
    return !engine.is_waiting(wait.first) && !answered(wait.first);
  });
  note_wants(image);
  for (const auto& answer : answers) {
    const auto found = waits_.find(answer.id);
    if (found == waits_.end()) continue;
    const Wait wait = found->second;
    waits_.erase(found);
    if (answer.token != 0 && answer.handle != HandleId::none) granted(image, wait, answer.token);
  }
}

}  // namespace lockfs::sim
