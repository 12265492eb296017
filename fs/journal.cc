#include "fs/journal.h"

#include <malloc.h>

#include <cstdlib>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/snapshot_codec.h"
#include "fs/fault.h"
#include "fs/version.h"

namespace lockfs {
namespace {

// How much an area grows before it is compacted, beside the size of its snapshot: a successor has
// to replay it while clients wait.
constexpr std::size_t least_growth = std::size_t{128} << 10U;
static_assert(JournalMemory::kept_memory >= 2 * least_growth);

enum class RecordKind : std::uint8_t {
  settings = 1,
  fuse_init = 2,
  snapshot = 3,
  event = 4,
  request = 5,
  event_sent = 6,  // the first answer was sent in the same step
  last = event_sent
};

bool append_any(RecordLog& log, RecordKind kind, WallTime now, const Event& event) {
  return log.append([&](Encoder& e) { e(kind, now, event); });
}

// Those of a lock are all of a fixed size.
bool append_event(RecordLog& log, RecordKind kind, WallTime now, const Event& event) {
  return std::visit(
      [&](const auto& e) {
        if constexpr (OfFixedSize<std::decay_t<decltype(e)>>) {
          return log.append_fixed(kind, now, static_cast<std::uint8_t>(event.index()), e);
        } else {
          return append_any(log, kind, now, event);
        }
      },
      event);
}

}  // namespace

template <class A>
void fields(A& a, FieldsOf<A, JournalSettings>& v) {
  a(v.log_target, v.stop_timeout_s, v.mount_point, v.state_file, v.written_by);
  a.since(4, v.history);
}

Journal::Journal(JournalMemory memory) : memory_(std::move(memory)) {}

void Journal::start_reading() {
  generation_ = memory_.generation_in_force();
  format_ = memory_.header().formats[generation_ & 1U];
  log_.emplace(memory_.area(generation_), generation_, format_);
  requests_ = {};
}

Journal Journal::create(const JournalSettings& settings, const RawRequest& fuse_init,
                        const Engine& engine) {
  Journal journal(JournalMemory::create());
  journal.settings_ = settings;
  journal.fuse_init_ = fuse_init;
  journal.resends_ = kernel_resends(fuse_init);
  journal.memory_.header().formats[0] = current_format;
  journal.start_reading();
  journal.begin(*journal.log_, engine);
  journal.compact_at_ = 2 * journal.log_->used() + least_growth;
  return journal;
}

std::optional<Journal> Journal::open(int fd, std::string& error) {
  auto memory = JournalMemory::open(fd, error);
  if (!memory) return std::nullopt;
  Journal journal(std::move(*memory));
  journal.start_reading();
  if (journal.format_ >= oldest_format && journal.format_ <= current_format) return journal;
  error = "the journal has format " + std::to_string(journal.format_) + ", and lockfs " +
          version() + " reads formats " + std::to_string(oldest_format) + " to " +
          std::to_string(current_format);
  return std::nullopt;
}

// What an area begins with: all that is needed to go on from here.
void Journal::begin(RecordLog& log, const Engine& engine) const {
  JournalSettings settings = settings_;
  settings.written_by = version();
  bool fits = log.append([&](Encoder& e) { e(RecordKind::settings, settings); }) &&
              log.append([&](Encoder& e) { e(RecordKind::fuse_init, fuse_init_); }) &&
              log.append([&](Encoder& e) { e(RecordKind::snapshot, Snapshot::save(engine)); });
  for (const auto& request : requests_.all()) {
    fits = fits &&
           log.append([&](Encoder& e) { e(RecordKind::request, request.first, request.second); });
  }
  if (!fits) std::abort();  // a gigabyte of locks: the limits do not let it come to that
}

void Journal::replay_event(Decoder& decoder, FirstAnswer first, Engine& engine) {
  WallTime now = 0;
  Event event;
  decoder(now, event);
  if (!decoder.ok()) return;
  Effects effects;
  engine.apply(now, event, effects, first);
  if (const auto* sent = std::get_if<event::Sent>(&event)) requests_.sent(sent->id);
  if (first == FirstAnswer::sent && !effects.answers.empty()) {
    requests_.sent(effects.answers.front().id);
  }
  if (std::holds_alternative<event::Reconnect>(event)) requests_.reconnected();
}

bool Journal::read_record(std::span<const std::byte> payload, std::unique_ptr<Engine>& engine) {
  Decoder decoder(payload, format_);
  RecordKind kind{};
  decoder(kind);
  if (kind == RecordKind::settings) {
    decoder(settings_);
  } else if (kind == RecordKind::fuse_init) {
    decoder(fuse_init_);
    resends_ = kernel_resends(fuse_init_);
  } else if (kind == RecordKind::snapshot) {
    Snapshot snapshot;
    decoder(snapshot);
    if (decoder.ok()) engine = snapshot.restore();
    if (engine) requests_.sent(engine->last_sent().id);
    compact_at_ = 2 * log_->used() + least_growth;
    return engine != nullptr;
  } else if ((kind == RecordKind::event || kind == RecordKind::event_sent) && engine) {
    replay_event(decoder, kind == RecordKind::event ? FirstAnswer::kept : FirstAnswer::sent,
                 *engine);
  } else if (kind == RecordKind::request) {
    RequestId id{};
    RawRequest request;
    decoder(id, request);
    if (decoder.ok()) requests_.keep(id, request);
  } else {
    return false;
  }
  return decoder.ok();
}

bool Journal::read_records(std::unique_ptr<Engine>& engine) {
  for (auto payload = log_->next(); !payload.empty(); payload = log_->next()) {
    if (!read_record(payload, engine)) return false;
  }
  return engine != nullptr && !log_->damaged();
}

// An area that is no longer in force is emptied while we read: then nothing in it counts.
bool Journal::replay(std::unique_ptr<Engine>& engine) {
  for (;;) {
    const bool whole = read_records(engine);
    if (memory_.generation_in_force() == generation_) return whole;
    start_reading();
    engine.reset();
  }
}

bool Journal::read_settings() {
  std::unique_ptr<Engine> none;
  const auto payload = log_->next();
  return !payload.empty() && read_record(payload, none);
}

void Journal::append(WallTime now, const Event& event, FirstAnswer first, const Engine& engine) {
  const auto kind = first == FirstAnswer::sent ? RecordKind::event_sent : RecordKind::event;
  const bool fits = append_event(*log_, kind, now, event);
  // The snapshot has the event in it.
  if (!fits || log_->used() > compact_at_) compact(engine);
}

// The other area is emptied, written and put in force; then this one is emptied for the next time.
void Journal::compact(const Engine& engine) {
  const std::uint64_t next = generation_ + 1;
  requests_.keep_only(is_unanswered);
  memory_.empty(next);  // a crash may have left half a snapshot there
  RecordLog fresh(memory_.area(next), next, current_format);
  fault_point("before_snapshot");
  begin(fresh, engine);
  if (fresh.used() > least_growth) ::malloc_trim(0);  // of all that was copied for it
  fault_point("in_snapshot");
  memory_.header().formats[next & 1U] = current_format;
  memory_.put_in_force(next);
  fault_point("after_snapshot");
  memory_.empty(generation_);
  generation_ = next;
  format_ = current_format;
  log_ = fresh;
  compact_at_ = 2 * fresh.used() + least_growth;
}

void Journal::convert(const Engine& engine) {
  if (format_ != current_format) compact(engine);
}

void Journal::keep_request(RequestId id, RawRequestView request) {
  requests_.keep(id, request);
  const RawRequest& kept = requests_.all().at(id);
  log_->append([&](Encoder& e) { e(RecordKind::request, id, kept); });
}

std::vector<RawRequest> Journal::kept_requests() const {
  std::vector<RawRequest> requests;
  for (const auto& entry : requests_.all()) requests.push_back(entry.second);
  const auto last = request_room();
  const auto header = header_of(last);
  if (header.len >= sizeof header && header.len <= last.size() &&
      !requests_.contains(id_of(header))) {
    requests.emplace_back(last.begin(), last.begin() + header.len);
  }
  return requests;
}

}  // namespace lockfs
