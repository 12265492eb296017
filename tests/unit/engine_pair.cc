#include "tests/unit/engine_pair.h"

#include <algorithm>

#include "core/description.h"

namespace lockfs {
namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string dump(const ClaimView& claim) {
  return std::string(claim.mode == Mode::exclusive ? "ex" : "sh") + " uid " +
         number(claim.client.uid) + " opener " + std::to_string(claim.client.thread) + " via " +
         std::to_string(static_cast<int>(claim.via)) + " since " + std::to_string(claim.since) +
         " token " + number(claim.token) + "\n";
}

std::string dump(const Lock& lock) {
  const LockView view = describe(lock);
  std::string text = view.name + " node " + number(static_cast<std::uint64_t>(lock.node)) +
                     " kind " + std::to_string(static_cast<int>(view.kind)) +
                     (view.retired ? " retired" : "") + " last grant " +
                     std::to_string(lock.last_grant) + "\n";
  for (const auto& unit : view.units) {
    text += "  unit " + unit.name + (unit.retired ? " retired" : "") + " since " +
            std::to_string(unit.since) + "\n";
    for (const auto& holder : unit.holders) text += "    " + dump(holder);
  }
  for (const auto& waiter : view.waiters) text += "  waits " + dump(waiter);
  return text;
}

auto tied(const Answer& answer) {
  return std::tie(answer.id, answer.reason, answer.handle, answer.node, answer.token);
}

std::string to_string(const std::vector<Answer>& answers) {
  std::string text;
  for (const auto& answer : answers) text += to_string(answer) + "\n";
  return text.empty() ? "none\n" : text;
}

}  // namespace

LockSpec named_lock(const std::string& name) {
  LockSpec spec;
  spec.name = name;
  spec.units = {name};
  return spec;
}

LockSpec board(const std::string& name, std::vector<std::string> units) {
  LockSpec spec;
  spec.name = name;
  spec.kind = LockKind::board;
  spec.units = std::move(units);
  return spec;
}

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

std::string to_string(const Answer& answer) {
  return "request " + number(static_cast<std::uint64_t>(answer.id)) + " reason " +
         std::to_string(static_cast<int>(answer.reason)) + " handle " +
         number(static_cast<std::uint64_t>(answer.handle)) + " node " +
         number(static_cast<std::uint64_t>(answer.node)) + " token " + number(answer.token);
}

void EnginePair::apply(const Event& event) {
  effects_ = {};
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
  const auto same = [](const Answer& a, const Answer& b) { return tied(a) == tied(b); };
  const auto& answers = effects_.answers;
  if (!std::equal(answers.begin(), answers.end(), expected_.begin(), expected_.end(), same)) {
    return "answers of the engine:\n" + to_string(answers) + "of the model:\n" +
           to_string(expected_);
  }
  const std::string state = dump(engine_);
  const std::string expected = model_.dump();
  if (state != expected) return "state of the engine:\n" + state + "of the model:\n" + expected;
  return {};
}

}  // namespace lockfs
