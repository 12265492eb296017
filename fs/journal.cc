#include "fs/journal.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <thread>

#include "core/snapshot_codec.h"
#include "fs/fault.h"
#include "fs/version.h"

namespace lockfs {
namespace {

constexpr char magic[8] = {'l', 'o', 'c', 'k', 'f', 's', 'J', '1'};
constexpr std::size_t header_size = 4096;
constexpr std::size_t area_size = std::size_t{1} << 30U;  // of addresses; memory as it fills
constexpr std::size_t areas_at = header_size + max_raw_request;
constexpr std::size_t total_size = areas_at + 2 * area_size;
// The events and what comes from sockets have the end of the second area to themselves: a
// predecessor's journal is as large.
constexpr std::size_t event_room_size = std::size_t{4} << 20U;
constexpr std::size_t socket_room_size = std::size_t{64} << 10U;
constexpr std::size_t record_room_size = area_size - event_room_size - socket_room_size;
// How much an area grows before it is compacted, beside the size of its snapshot: a successor has
// to replay it while clients wait.
constexpr std::size_t least_growth = std::size_t{128} << 10U;
// What an area keeps of its memory when it is emptied: that much it soon needs again.
constexpr std::size_t kept_memory = 2 * least_growth;

enum class RecordKind : std::uint8_t {
  settings = 1,
  fuse_init = 2,
  snapshot = 3,
  event = 4,
  request = 5,
  event_sent = 6,  // the first answer was sent in the same step
  last = event_sent
};

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::byte* map(int fd) {
  void* memory =
      ::mmap(nullptr, total_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
  if (memory == MAP_FAILED) fail("cannot map the journal");
  return static_cast<std::byte*>(memory);
}

template <class T>
std::atomic_ref<T> shared(T& value) {
  return std::atomic_ref<T>(value);
}

}  // namespace

struct Journal::Header {
  char magic[8];
  std::uint32_t formats[2];       // of the two areas
  std::uint64_t generation;       // of the area in force: even the first, odd the second
  std::uint64_t handling;         // the request that is being handled
  std::uint64_t suspect;          // the one that was at the last crash
  std::uint64_t suspect_crashes;  // how often in a row
  std::uint64_t replied;          // the request whose answer arrived last
  std::uint64_t answer_size;      // of what follows; 0: it is being written
  std::byte answer[max_kept_answer];
};

template <class A>
void fields(A& a, FieldsOf<A, JournalSettings>& v) {
  a(v.log_target, v.stop_timeout_s, v.mount_point, v.state_file, v.written_by);
  a.since(4, v.history);
}

Journal::Journal(int fd, std::byte* memory) : fd_(fd), memory_(memory) {}

Journal::Journal(Journal&& other) noexcept
    : own_(std::move(other.own_)),
      fd_(other.fd_),
      memory_(std::exchange(other.memory_, nullptr)),
      settings_(std::move(other.settings_)),
      fuse_init_(std::move(other.fuse_init_)),
      resends_(other.resends_),
      requests_(std::move(other.requests_)),
      log_(other.log_),
      generation_(other.generation_),
      format_(other.format_),
      compact_at_(other.compact_at_) {}

Journal::~Journal() {
  if (memory_ != nullptr) ::munmap(memory_, total_size);
}

Journal::Header& Journal::header() const { return *reinterpret_cast<Header*>(memory_); }

std::span<std::byte> Journal::area(std::uint64_t generation) const {
  return {memory_ + areas_at + (generation & 1U) * area_size, record_room_size};
}

std::uint64_t Journal::generation_in_force() const {
  return shared(header().generation).load(std::memory_order_acquire);
}

void Journal::start_reading() {
  generation_ = generation_in_force();
  format_ = header().formats[generation_ & 1U];
  log_.emplace(area(generation_), generation_, format_);
  requests_ = {};
}

Journal Journal::create(const JournalSettings& settings, const RawRequest& fuse_init,
                        const Engine& engine) {
  Descriptor fd(::memfd_create("lockfs-journal", MFD_CLOEXEC));
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(total_size)) != 0) {
    fail("cannot make the journal");
  }
  Journal journal(fd.get(), map(fd.get()));
  journal.own_ = std::move(fd);
  journal.settings_ = settings;
  journal.fuse_init_ = fuse_init;
  journal.resends_ = kernel_resends(fuse_init);
  Header& header = journal.header();
  std::memcpy(header.magic, magic, sizeof magic);
  header.formats[0] = current_format;
  journal.start_reading();
  journal.begin(*journal.log_, engine);
  journal.compact_at_ = 2 * journal.log_->used() + least_growth;
  return journal;
}

std::optional<Journal> Journal::open(int fd, std::string& error) {
  struct stat st {};
  if (::fstat(fd, &st) != 0 || st.st_size != static_cast<off_t>(total_size)) {
    error = "the journal has not the size of one";
    return std::nullopt;
  }
  Journal journal(fd, map(fd));
  if (std::memcmp(journal.header().magic, magic, sizeof magic) != 0) {
    error = "the journal is none of lockfs's";
    return std::nullopt;
  }
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
    if (generation_in_force() == generation_) return whole;
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
  const bool fits = log_->append([&](Encoder& e) { e(kind, now, event); });
  // The snapshot has the event in it.
  if (!fits || log_->used() > compact_at_) compact(engine);
}

// The other area is emptied, written and put in force; then this one is emptied for the next time.
void Journal::compact(const Engine& engine) {
  const std::uint64_t next = generation_ + 1;
  requests_.keep_only(is_unanswered);
  empty(next);  // a crash may have left half a snapshot there
  RecordLog fresh(area(next), next, current_format);
  fault_point("before_snapshot");
  begin(fresh, engine);
  if (fresh.used() > least_growth) ::malloc_trim(0);  // of all that was copied for it
  fault_point("in_snapshot");
  header().formats[next & 1U] = current_format;
  shared(header().generation).store(next, std::memory_order_release);
  fault_point("after_snapshot");
  empty(generation_);
  generation_ = next;
  format_ = current_format;
  log_ = fresh;
  compact_at_ = 2 * fresh.used() + least_growth;
}

// What stays is none of a later generation's records (record_log.h).
void Journal::empty(std::uint64_t generation) {
  ::fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
              static_cast<off_t>(areas_at + (generation & 1U) * area_size + kept_memory),
              static_cast<off_t>(record_room_size - kept_memory));
}

bool Journal::own(std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  while (::fcntl(fd_, F_SETLK, &lock) != 0) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

void Journal::convert(const Engine& engine) {
  if (format_ != current_format) compact(engine);
}

std::span<std::byte> Journal::event_room() const {
  return {memory_ + total_size - event_room_size, event_room_size};
}

std::span<std::byte> Journal::request_room() const {
  return {memory_ + header_size, max_raw_request};
}

std::span<std::byte> Journal::socket_room() const {
  return {memory_ + total_size - event_room_size - socket_room_size, socket_room_size};
}

void Journal::request_done() {
  auto& length =
      *reinterpret_cast<std::uint32_t*>(request_room().data());  // fuse_in_header's first
  shared(length).store(0, std::memory_order_relaxed);
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

void Journal::handling(RequestId id) {
  shared(header().handling).store(static_cast<std::uint64_t>(id), std::memory_order_relaxed);
}

void Journal::replied(RequestId id) {
  shared(header().replied).store(static_cast<std::uint64_t>(id), std::memory_order_relaxed);
  if (resends_) return;
  // Nobody reads into the room while a request is being handled.
  const bool at_hand =
      shared(header().handling).load(std::memory_order_relaxed) == static_cast<std::uint64_t>(id);
  if (at_hand && id_of(header_of(request_room())) == id) request_done();
}

RequestId Journal::last_replied() const { return RequestId{header().replied}; }

void Journal::keep_answer(std::span<const std::span<const std::byte>> parts) {
  Header& h = header();
  shared(h.answer_size).store(0, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  std::size_t size = 0;
  for (const auto& part : parts) {
    if (part.size() > max_kept_answer - size) return;
    std::copy(part.begin(), part.end(), h.answer + size);
    size += part.size();
  }
  shared(h.answer_size).store(size, std::memory_order_release);
}

std::vector<std::byte> Journal::kept_answer() const {
  const Header& h = header();
  return {h.answer, h.answer + std::min<std::uint64_t>(h.answer_size, max_kept_answer)};
}

RequestId Journal::find_poison(bool after_crash) {
  Header& h = header();
  const std::uint64_t handled = std::exchange(h.handling, 0);
  if (!after_crash || handled == 0) return RequestId::none;
  h.suspect_crashes = handled == h.suspect ? h.suspect_crashes + 1 : 1;
  h.suspect = handled;
  return h.suspect_crashes >= 2 ? RequestId{handled} : RequestId::none;
}

}  // namespace lockfs
