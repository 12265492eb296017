#include "tests/unit/simulation/crash_simulation_worker.h"

#include <algorithm>
#include <concepts>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "core/snapshot_codec.h"

namespace lockfs::sim {
namespace {

constexpr std::size_t least_growth = 500;  // small, so that there are many snapshots

enum class RecordKind : std::uint8_t { snapshot, event, event_sent, last = event_sent };

// Of a request; an event about one is not done by it.
RequestId request_of(const Event& event) {
  return std::visit(
      [](const auto& e) -> RequestId {
        using T = std::decay_t<decltype(e)>;
        constexpr bool is_request = requires {
          { e.id } -> std::convertible_to<RequestId>;
        };
        if constexpr (std::is_same_v<T, event::Cancel>) {
          return RequestId::none;
        } else if constexpr (is_request) {
          return e.id;
        } else {
          return RequestId::none;
        }
      },
      event);
}

}  // namespace

Worker::Worker(Memory& memory, Surroundings& around, const Policy& policy)
    : memory_(memory),
      around_(around),
      log_(open_area()),
      engine_(std::make_unique<Engine>(policy, around.clock)) {
  begin(log_);
  compact_at_ = 2 * log_.used() + least_growth;
}

Worker::Worker(Memory& memory, Surroundings& around)
    : memory_(memory), around_(around), log_(open_area()) {
  replay();
}

// --- As fs/journal.cc does.

RecordLog Worker::open_area() { return {memory_.area(memory_.active), 0}; }

void Worker::begin(RecordLog& log) {
  const bool fits = log.append([&](Encoder& e) {
    e(RecordKind::snapshot, Snapshot::save(*engine_));
    around_.steps.pass();  // written, and not committed
  });
  if (!fits) throw std::logic_error("the simulated journal is too small");
}

void Worker::append(WallTime now, const Event& event, FirstAnswer first) {
  const auto kind = first == FirstAnswer::sent ? RecordKind::event_sent : RecordKind::event;
  const bool fits = log_.append([&](Encoder& e) {
    e(kind, now, event);
    around_.steps.pass();
  });
  if (!fits) throw std::logic_error("the simulated journal is too small");
}

void Worker::compact() {
  const std::uint32_t other = 1 - memory_.active;
  std::fill(memory_.areas[other].begin(), memory_.areas[other].end(), 0);
  RecordLog fresh(memory_.area(other), 0);
  begin(fresh);
  around_.steps.pass();
  const std::uint32_t old = std::exchange(memory_.active, other);
  around_.steps.pass();
  log_ = fresh;
  compact_at_ = 2 * fresh.used() + least_growth;
  std::fill(memory_.areas[old].begin(), memory_.areas[old].end(), 0);
}

void Worker::replay() {
  for (auto payload = log_.next(); !payload.empty(); payload = log_.next()) {
    Decoder decoder(payload);
    RecordKind kind{};
    decoder(kind);
    if (kind == RecordKind::snapshot) {
      Snapshot snapshot;
      decoder(snapshot);
      if (decoder.ok()) engine_ = snapshot.restore();
    } else {
      WallTime now = 0;
      Event event;
      decoder(now, event);
      Effects effects;
      const bool sent = kind == RecordKind::event_sent;
      engine_->apply(now, event, effects, sent ? FirstAnswer::sent : FirstAnswer::kept);
    }
    if (!decoder.ok() || !engine_) throw std::logic_error("the journal cannot be read");
  }
  if (log_.damaged()) throw std::logic_error("the journal is damaged");
  compact_at_ = 2 * log_.used() + least_growth;
}

// --- As fs/service.cc does.

void Worker::note_sent(RequestId id) {
  const RequestId last = std::exchange(memory_.last_sent, id);
  if (last != id) memory_.kept.erase(last);
}

void Worker::apply(const Event& event, FirstAnswer first) {
  const WallTime now = ++around_.clock;
  around_.steps.pass();
  const std::size_t before = effects_.answers.size();
  engine_->apply(now, event, effects_, first);
  around_.steps.pass();
  append(now, event, first);
  if (const auto* sent = std::get_if<event::Sent>(&event)) note_sent(sent->id);
  if (first == FirstAnswer::sent && effects_.answers.size() > before) {
    note_sent(effects_.answers[before].id);
  }
  if (std::holds_alternative<event::Reconnect>(event)) memory_.last_sent = RequestId::none;
  around_.appended(event, std::span(effects_.answers).subspan(before));
  if (log_.used() > compact_at_) compact();
  around_.steps.pass();
}

HandleId Worker::post(const Event& event) {
  if (coming_again_ && answer_again(request_of(event))) return HandleId::none;
  effects_ = {};
  const auto first = coming_again_ ? FirstAnswer::kept : FirstAnswer::sent;
  apply(event, first);
  const bool sends = first == FirstAnswer::sent && !effects_.answers.empty();
  if (sends) send(Answer(effects_.answers.front()));
  deliver_all(sends ? 1 : 0);
  return effects_.answers.empty() ? HandleId::none : effects_.answers.front().handle;
}

void Worker::deliver_all(std::size_t from) {
  for (std::size_t i = from; i < effects_.answers.size(); ++i) deliver(Answer(effects_.answers[i]));
}

void Worker::deliver(const Answer& answer, bool kept) {
  if (coming_again_ && !pending_.contains(answer.id)) return;
  apply(event::Sent{answer.id});
  send(answer, kept);
}

void Worker::send(const Answer& answer, bool kept) {
  around_.before_reply(answer.id);
  around_.steps.pass();
  const bool asked = pending_.erase(answer.id) > 0;
  const bool resends = around_.kernel.resends();
  if (!asked || around_.kernel.reply(answer) || (kept && !resends)) {
    // Where it sends again, the reply and the note that it arrived are as good as one step.
    if (!resends) around_.steps.pass();
    memory_.replied = answer.id;
    if (memory_.room && memory_.room->call && memory_.room->id == answer.id) memory_.room.reset();
  } else {
    apply(event::Undelivered{answer.id});
  }
  around_.steps.pass();
}

bool Worker::answer_again(RequestId id) {
  if (id == RequestId::none) return false;
  if (engine_->is_waiting(id)) return true;
  const Answer* kept = engine_->kept_answer(id);
  if (kept == nullptr) return false;
  effects_ = {};
  deliver(Answer(*kept), true);
  deliver_all(0);
  return true;
}

// --- As fs/session.cc does.

bool Worker::last_open_was_lost(const event::Reconnect& which, const std::vector<Incoming>& batch) {
  const Answer& last = engine_->last_sent();
  const Handle* handle = engine_->find_handle(last.handle);
  if (last.id == memory_.replied) return false;
  if (handle == nullptr || around_.lives(handle->client.thread)) return false;
  if (last.token != 0 && handle->kind != FileKind::hold) return false;
  const auto closes = [&](const Incoming& incoming) {
    const auto* close = incoming.call ? std::get_if<event::Close>(&*incoming.call) : nullptr;
    return close != nullptr && close->handle == last.handle;
  };
  return std::find(which.again.begin(), which.again.end(), last.id) == which.again.end() &&
         std::none_of(batch.begin(), batch.end(), closes);
}

std::vector<Incoming> Worker::ask_again() {
  while (around_.kernel.read()) {
  }
  around_.steps.pass();
  around_.kernel.resend();
  around_.between_resend_and_read();
  around_.steps.pass();
  std::vector<Incoming> batch;
  while (auto incoming = around_.kernel.read()) {
    batch.push_back(std::move(*incoming));
    if (!batch.back().again) break;
  }
  const auto order = [](const Incoming& a) { return std::tuple(!a.again, a.id, !a.call); };
  std::sort(batch.begin(), batch.end(),
            [&](const Incoming& a, const Incoming& b) { return order(a) < order(b); });
  return batch;
}

std::vector<Incoming> Worker::kept_requests() const {
  std::vector<Incoming> batch;
  for (const auto& [id, incoming] : memory_.kept) batch.push_back(incoming);
  const auto& last = memory_.room;
  if (last && !(last->call && memory_.kept.contains(last->id))) batch.push_back(*last);
  return batch;
}

void Worker::resume() {
  const bool resends = around_.kernel.resends();
  const auto batch = resends ? ask_again() : kept_requests();
  event::Reconnect which;
  for (const auto& incoming : batch) {
    if (incoming.call) which.again.push_back(incoming.id);
  }
  which.last_sent_is_lost = resends && last_open_was_lost(which, batch);
  coming_again_ = true;
  effects_ = {};
  apply(which);
  for (const auto& incoming : batch) handle(incoming);
  coming_again_ = false;
  memory_.room.reset();
}

void Worker::handle_next() {
  memory_.room = around_.kernel.read();
  if (memory_.room) handle(Incoming(*memory_.room));
  memory_.room.reset();
}

void Worker::stop() { post(event::Stop{}); }

void Worker::tell_lineages() {
  for (const auto& [request, thread] : engine_->waits_without_lineage()) {
    if (engine_->is_waiting(request)) post(event::Lineage{request, around_.lineage(thread)});
  }
}

void Worker::end_hooks() {
  for (const auto& place : engine_->units_to_clean()) {
    const std::string failure = around_.hook_fails() ? "it smokes" : "";
    post(event::HookEnded{place, HookKind::on_release, failure});
  }
}

}  // namespace lockfs::sim
