#include "core/engine.h"

#include <algorithm>
#include <utility>

namespace lockfs {

Engine::Engine(const Policy& policy, WallTime now, Token last_token)
    : last_token_(last_token), started_(now), now_(now) {
  adopt(policy);
  settle();
}

void Engine::apply(WallTime now, const Event& event, Effects& effects, FirstAnswer first) {
  now_ = now;
  effects_ = &effects;
  first_answer_ = first;
  const std::size_t told = effects.notices.size();
  expire();
  pass_deadlines();
  std::visit([this](const auto& e) { on(e); }, event);
  settle();
  end_long_holds();
  serve_connections();
  review_deadlocks();
  tell_pollers();
  for (std::size_t i = told; i < effects.notices.size(); ++i) tally_.count(effects.notices[i]);
  effects_ = nullptr;
}

// An answer to a request that somebody waits for; what happened by itself has no id.
void Engine::answer(Answer answer) {
  if (answer.id == RequestId::none) return;
  if (is_remote(answer.id)) return answer_remote(answer);
  if (std::exchange(first_answer_, FirstAnswer::kept) == FirstAnswer::sent) {
    note_sent(answer);
  } else {
    kept_answers_.insert_or_assign(answer.id, answer);
  }
  effects_->answers.push_back(answer);
}

const Answer* Engine::kept_answer(RequestId id) const {
  if (id == last_sent_.id && id != RequestId::none) return &last_sent_;
  const auto kept = kept_answers_.find(id);
  return kept == kept_answers_.end() ? nullptr : &kept->second;
}

std::uint32_t Engine::lines_done(RequestId id) const {
  const auto done = lines_done_.find(id);
  return done == lines_done_.end() ? 0 : done->second;
}

void Engine::on(const event::Sent& e) {
  const auto kept = kept_answers_.find(e.id);
  if (kept == kept_answers_.end()) return;  // sent before, and now again
  note_sent(kept->second);
  kept_answers_.erase(kept);
}

void Engine::note_sent(const Answer& answer) {
  if (!lines_done_.empty()) lines_done_.erase(last_sent_.id);
  last_sent_ = answer;
}

void Engine::on(const event::Undelivered& e) {
  const Answer* kept = kept_answer(e.id);
  if (kept == nullptr) return;
  const Answer lost = *kept;
  kept_answers_.erase(e.id);
  lines_done_.erase(e.id);
  if (last_sent_.id == e.id) last_sent_ = {};
  undo(lost);
}

// Nobody got this answer, nor ever will.
void Engine::undo(const Answer& lost) {
  const Handle* handle = handles_.find(lost.handle);
  if (lost.reason != Reason::none || handle == nullptr) return;
  if (lost.token == 0 || handle->kind == FileKind::hold) return on(event::Close{lost.handle});
  for (const auto& owner : handle->owners) {
    const Claim* hold = claims_.hold_of(owner);
    if (hold != nullptr && hold->token == lost.token) return release(OwnerKey(owner));
  }
}

void Engine::on(const event::Reconnect& e) {
  notice(NoticeKind::serving);
  std::vector<RequestId> again = e.again;
  std::sort(again.begin(), again.end());
  const auto came = [&](RequestId id) {
    return std::binary_search(again.begin(), again.end(), id);
  };
  for (Claim* claim : claims_.all_waits()) {
    const bool kernels = !is_remote(claim->request);  // of the others says Reattached
    if (kernels && !came(claim->request)) end_wait(*claim, Reason::interrupted);
  }
  // It was not answered after all; others will be before it comes to that.
  if (came(last_sent_.id)) {
    kept_answers_.insert_or_assign(last_sent_.id, last_sent_);
    last_sent_ = {};
  }
  std::vector<RequestId> lost;
  for (const auto& [id, kept] : kept_answers_) {
    if (!came(id)) lost.push_back(id);
  }
  if (e.last_sent_is_lost) lost.push_back(last_sent_.id);
  std::sort(lost.begin(), lost.end());
  for (const auto id : lost) on(event::Undelivered{id});
  std::erase_if(lines_done_, [&](const auto& done) { return !came(done.first); });
  wake_all_pollers();
}

void Engine::on(const event::Stop&) {
  stopping_ = true;
  notice(NoticeKind::stopping);
  for (Claim* claim : claims_.all_waits()) {
    refuse_wait(*claim, Reason::shutting_down);
  }
}

void Engine::on(const event::Control& e) {
  if (e.id != RequestId::none) {
    if (e.line < lines_done(e.id)) return;
    lines_done_[e.id] = e.line + 1;
  }
  const Outcome outcome =
      may_give(e.command, e.client.uid)
          ? std::visit([&](const auto& command) { return run(command, e.client); }, e.command)
          : Outcome{Code::permission, "only root and members of admin_group may do this"};
  last_command_ = outcome;
  // Only now: a command can end what was waiting to be opened.
  if (Handle* handle = handles_.find(e.handle)) handle->extras.edit().answer = outcome;
  notice_command(e, outcome);
  if (e.last || outcome.code != Code::ok) answer({.id = e.id, .reason = to_reason(outcome.code)});
}

// What was settled outside is only noted, and breaking asks whose hold it is.
bool Engine::may_give(const Command& command, uid_t uid) const {
  return std::holds_alternative<command::Settled>(command) ||
         std::holds_alternative<command::Break>(command) || may_command(uid);
}

Outcome Engine::run(const command::Settled& c, const Client&) { return c.outcome; }

}  // namespace lockfs
