#include "tests/unit/engine/engine_pair.h"

#include <algorithm>

#include "core/description.h"
#include "core/table_view.h"

namespace lockfs {
namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string dump(const std::string& word, const std::optional<MarkView>& view) {
  if (!view) return "";
  return " " + word + " by " + number(view->mark.by) + " at " + std::to_string(view->mark.since) +
         ": " + view->mark.reason + (view->mark.by_check ? " (check)" : "");
}

std::string dump(const ClaimView& claim) {
  return std::string(claim.mode == Mode::exclusive ? "ex" : "sh") + " uid " +
         number(claim.client.uid) + " opener " + std::to_string(claim.client.thread) + " via " +
         std::to_string(static_cast<int>(claim.via)) + " since " + std::to_string(claim.since) +
         " token " + number(claim.token) + " note " + claim.note + "\n";
}

std::string dump(const Lock& lock) {
  const LockView view = describe(lock);
  std::string text = view.name + " node " + number(static_cast<std::uint64_t>(lock.node)) +
                     " kind " + std::to_string(static_cast<int>(view.kind)) +
                     (view.retired ? " retired" : "") + " last grant " +
                     std::to_string(lock.last_grant) + dump("draining", view.draining) + "\n";
  for (const auto& unit : view.units) {
    text += "  unit " + unit.name + (unit.retired ? " retired" : "") + " since " +
            std::to_string(unit.since) + dump("offline", unit.offline) +
            (unit.cleaning ? " cleaning" : "") + "\n";
    for (const auto& holder : unit.holders) text += "    " + dump(holder);
  }
  for (const auto& waiter : view.waiters) {
    text += "  waits " + dump(waiter);
    if (!waiter.deadlocked) continue;
    text += "    in a deadlock with";
    for (const auto& other : waiter.deadlocked_with) {
      text += " " + std::to_string(other.client.thread);
    }
    text += "\n";
  }
  return text;
}

auto parts_of(const Answer& answer) {
  return std::tie(answer.id, answer.reason, answer.handle, answer.node, answer.token);
}

std::string to_string(const std::vector<Answer>& answers) {
  std::string text;
  for (const auto& answer : answers) text += to_string(answer) + "\n";
  return text.empty() ? "none\n" : text;
}

}  // namespace

OwnerKey flock_owner(const Handle& handle) {
  return {Via::flock, handle.node, static_cast<std::uint64_t>(handle.id)};
}

std::string dump(const Engine& engine) {
  std::vector<const Lock*> locks;
  for (const auto& [node, lock] : engine.locks().locks()) locks.push_back(lock.get());
  std::sort(locks.begin(), locks.end(),
            [](const Lock* a, const Lock* b) { return a->name < b->name; });
  std::string text;
  for (const Lock* lock : locks) text += dump(*lock);
  return text;
}

std::string dump(const NoticeText& told) {
  const Notice& notice = told.notice;
  std::string text = number(notice.position) + " at " + std::to_string(notice.time) + " " +
                     std::string(to_string(notice.kind)) + " " +
                     std::string(to_string(notice.reason)) + " " +
                     std::string(to_string(notice.code)) + " since " + std::to_string(notice.since);
  if (notice.of_claim) {
    text += std::string(" ") + std::string(to_string(notice.mode)) + " via " +
            std::string(to_string(notice.via)) + " token " + number(notice.token);
  }
  const auto person = [](const Client& client) {
    return " uid " + number(client.uid) + " opener " + std::to_string(client.thread);
  };
  text += person(notice.client);
  if (notice.by) text += " by uid " + number(*notice.by);
  return text + "\n" + std::string(told.of(notice.units)) + std::string(told.of(notice.words)) +
         "\n" + std::string(told.of(notice.answer));
}

std::string to_string(const Answer& answer) {
  return "request " + number(static_cast<std::uint64_t>(answer.id)) + " reason " +
         std::to_string(static_cast<int>(answer.reason)) + " handle " +
         number(static_cast<std::uint64_t>(answer.handle)) + " node " +
         number(static_cast<std::uint64_t>(answer.node)) + " token " + number(answer.token);
}

// A tick comes when it is due, or a little later.
void EnginePair::apply(const Event& event) {
  effects_ = {};
  if (std::holds_alternative<event::Tick>(event)) {
    now_ = std::max(now_, engine_.next_deadline().value_or(now_) - now_ % 2);
  }
  engine_.apply(++now_, event, effects_);
  expected_ = model_.apply(now_, event);
}

std::string EnginePair::compare(const Event& event) {
  const Token before = engine_.last_token();
  apply(event);
  engine_.check();
  if (engine_.last_token() < before) return "tokens went backwards";
  return difference();
}

std::string EnginePair::difference() const {
  const auto same = [](const Answer& a, const Answer& b) { return parts_of(a) == parts_of(b); };
  const auto& answers = effects_.answers;
  if (!std::equal(answers.begin(), answers.end(), expected_.begin(), expected_.end(), same)) {
    return "answers of the engine:\n" + to_string(answers) + "of the model:\n" +
           to_string(expected_);
  }
  const std::string state = dump(engine_);
  const std::string expected = model_.dump();
  for (const auto& [id, handle] : model_.handles()) {
    const Handle* other = engine_.find_handle(id);
    if (other == nullptr) return "a descriptor that only the model has";
    if (other->extras->broken != handle.broken) return "a descriptor that is broken, or not";
    if (engine_.poll_state(*other) != model_.poll_state(id)) return "what poll(2) tells";
  }
  if (state != expected) return "state of the engine:\n" + state + "of the model:\n" + expected;
  return {};
}

}  // namespace lockfs
