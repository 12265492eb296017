// The model's events, its answers and what becomes of them.
#include "tests/unit/engine/model.h"

#include <algorithm>

namespace lockfs::model {

Model::Model(const Policy& policy, WallTime now) : now_(now) { adopt(policy); }

std::vector<Answer> Model::apply(WallTime now, const Event& event) {
  now_ = now;
  answers_.clear();
  pass_deadlines();
  std::visit([this](const auto& e) { on(e); }, event);
  settle();
  pass_deadlines();
  do settle();
  while (end_yielding());
  review_deadlocks();
  forget_unused();
  return answers_;
}

void Model::answer(const Answer& answer) {
  if (answer.id == RequestId::none) return;
  kept_answers_[answer.id] = answer;
  answers_.push_back(answer);
}

void Model::on(const event::Sent& e) {
  if (kept_answers_.count(e.id) == 0) return;
  lines_done_.erase(last_sent_.id);
  last_sent_ = kept_answers_[e.id];
  kept_answers_.erase(e.id);
}

void Model::on(const event::Undelivered& e) {
  Answer lost;
  if (last_sent_.id == e.id) std::swap(lost, last_sent_);
  if (kept_answers_.count(e.id) != 0) lost = kept_answers_[e.id];
  if (lost.id == RequestId::none) return;
  kept_answers_.erase(e.id);
  lines_done_.erase(e.id);
  if (lost.reason != Reason::none || lost.handle == HandleId::none) return;
  const auto handle = handles_.find(lost.handle);
  const bool holds = handle != handles_.end() && handle->second.kind == FileKind::hold;
  if (lost.token == 0 || holds) return on(event::Close{lost.handle});
  const auto hold = std::find_if(claims_.begin(), claims_.end(), [&](const Claim& claim) {
    return claim.uses(lost.handle) && claim.token == lost.token;
  });
  if (hold != claims_.end()) let_go(*hold);
}

void Model::on(const event::Reconnect& e) {
  const std::set<RequestId> again(e.again.begin(), e.again.end());
  for (const auto& claim : std::vector(claims_)) {
    if (claim.token == 0 && again.count(claim.request) == 0) remove_wait(claim.request);
  }
  if (again.count(last_sent_.id) != 0) {  // it was not received: to be sent again
    kept_answers_[last_sent_.id] = last_sent_;
    last_sent_ = {};
  }
  std::vector<RequestId> lost;
  for (const auto& [id, kept] : kept_answers_) {
    if (again.count(id) == 0) lost.push_back(id);
  }
  if (e.last_sent_is_lost) lost.push_back(last_sent_.id);
  std::sort(lost.begin(), lost.end());
  for (const auto id : lost) on(event::Undelivered{id});
  std::erase_if(lines_done_, [&](const auto& done) { return again.count(done.first) == 0; });
}

void Model::on(const event::Stop&) {
  stopping_ = true;
  for (const auto& claim : std::vector(claims_)) {
    if (claim.token != 0) continue;
    remove_wait(claim.request);
    answer({.id = claim.request, .reason = Reason::shutting_down});
  }
}

void Model::on(const event::Control& e) {
  if (e.id != RequestId::none) {
    if (e.line < lines_done_[e.id]) return;
    lines_done_[e.id] = e.line + 1;
  }
  Code code = Code::permission;
  if (std::holds_alternative<command::Settled>(e.command) ||
      std::holds_alternative<command::Break>(e.command) || admins_.allows(e.client.uid)) {
    code = std::visit([&](const auto& command) { return run(command, e.client.uid); }, e.command);
  }
  if (e.last || code != Code::ok) answer({.id = e.id, .reason = to_reason(code)});
}

namespace {

std::string describe(const std::string& word, const std::optional<Mark>& mark) {
  if (!mark) return "";
  return " " + word + " by " + std::to_string(mark->by) + " at " + std::to_string(mark->since) +
         ": " + mark->reason + (mark->by_check ? " (check)" : "");
}

std::string describe(const Claim& claim, Mode mode) {
  return std::string(mode == Mode::exclusive ? "ex" : "sh") + " uid " +
         std::to_string(claim.client.uid) + " opener " + std::to_string(claim.client.thread) +
         " via " + std::to_string(static_cast<int>(claim.owner.via)) + " since " +
         std::to_string(claim.since) + " token " + std::to_string(claim.token) + " note " +
         claim.note + "\n";
}

}  // namespace

// The same words as in engine_pair.cc, where they are made from the engine's description.
std::string Model::dump() const {
  std::string text;
  for (const auto& [name, lock] : locks_) {
    const bool retired = !lock.configured && lock.kind != LockKind::dynamic;
    text += name + " node " + std::to_string(static_cast<std::uint64_t>(lock.node)) + " kind " +
            std::to_string(static_cast<int>(lock.kind)) + (retired ? " retired" : "") +
            " last grant " + std::to_string(lock.last_grant) + describe("draining", lock.draining) +
            "\n";
    for (const auto& unit : lock.units) {
      text += "  unit " + unit.name + (unit.retired ? " retired" : "") + " since " +
              std::to_string(unit.since) + describe("offline", unit.offline) +
              (unit.cleaning ? " cleaning" : "") + "\n";
      for (const Claim* holder : holders(name, unit.name)) {
        for (const auto& got : holder->got) {
          if (got.lock == name && got.unit == unit.name)
            text += "    " + describe(*holder, got.mode);
        }
      }
    }
    for (const auto& claim : claims_) {
      if (claim.token != 0) continue;
      bool wants = false;
      Mode mode = Mode::shared;
      for (const auto& place : places_of(claim)) {
        if (place.lock != name) continue;
        wants = true;
        if (place.mode == Mode::exclusive) mode = Mode::exclusive;
      }
      if (!wants) continue;
      text += "  waits " + describe(claim, mode);
      if (!claim.deadlock) continue;
      text += "    in a deadlock with";
      for (const Ticket ticket : *claim.deadlock) {
        for (const auto& other : claims_) {
          if (other.token != 0 || other.ticket != ticket || ticket == claim.ticket) continue;
          text += " " + std::to_string(other.client.thread);
        }
      }
      text += "\n";
    }
  }
  return text;
}

std::optional<NodeId> Model::find_node(const std::string& text) const {
  if (const auto lock = locks_.find(text); lock != locks_.end()) return lock->second.node;
  if (const auto known = expressions_.find(text); known != expressions_.end()) return known->second;
  return std::nullopt;
}

}  // namespace lockfs::model
