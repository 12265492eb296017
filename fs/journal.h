// The journal: the engine's input, in shared memory that outlives the process that writes it.
//
// In a memfd (journal_memory.h), held by worker and keeper both. Replaying it is the only way state
// is restored, after an upgrade as after a crash.
//
// Of two areas one is in force, a RecordLog (core/record_log.h): first the settings, the kernel's
// FUSE_INIT, a snapshot of the engine and the requests that are kept (kept_requests.h), then every
// event since, each with its time, and every request kept since. In the header the request that is
// being handled is noted, for finding out which one kills us, and the latest answer.
//
// When an area has grown enough a snapshot is written to the other, which then is put in force by
// one release-store; a crash before it leaves the old one standing. Appending is a store to memory:
// no system call, but where a new page is touched for the first time.
//
// A newer lockfs reads an older one's journal (codec.h) and goes on in its own format, from a new
// area on. A format that it does not know it refuses, before anything is done.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/engine.h"
#include "core/record_log.h"
#include "fs/descriptor.h"
#include "fs/journal_memory.h"
#include "fs/kept_requests.h"

namespace lockfs {

// What the worker needs to know beside the locks.
struct JournalSettings {
  std::string log_target;
  std::int64_t stop_timeout_s = 90;
  std::string mount_point;
  std::string state_file;
  std::string written_by = {};  // the version of lockfs; empty: not known
  std::string history = {};     // a file's absolute path; empty: none is kept
};

class Journal {
 public:
  // A new one that begins with these. Throws std::system_error.
  static Journal create(const JournalSettings& settings, const RawRequest& fuse_init,
                        const Engine& engine);
  // Another process's; the caller keeps the descriptor open. Nothing, and `error` says why, if it
  // is not one that this program can read.
  static std::optional<Journal> open(int fd, std::string& error);

  // For whoever keeps it once this is gone.
  Descriptor take_descriptor() { return memory_.take_descriptor(); }
  const JournalSettings& settings() const { return settings_; }
  const RawRequest& fuse_init() const { return fuse_init_; }

  // The engine as it was at the last whole record. Once more: with what was appended since, or
  // begun anew by a snapshot. False if the journal is damaged.
  bool replay(std::unique_ptr<Engine>& engine);
  // Only the settings, for who needs no engine. Not before a replay.
  bool read_settings();

  // Makes this process the one that appends: there is one at a time, until its end. False if
  // another one still lives when the limit is over.
  bool own(std::chrono::milliseconds limit) { return memory_.own(limit); }
  // Goes on in this program's format, if the journal is in an older one. For who owns it.
  void convert(const Engine& engine);

  // Counts from the moment it returns.
  void append(WallTime now, const Event& event, FirstAnswer first, const Engine& engine);

  // Where the latest events are kept (core/event_ring.h).
  std::span<std::byte> event_room() const { return memory_.event_room(); }

  // Where requests are to be read to, one at a time.
  std::span<std::byte> request_room() const { return memory_.request_room(); }
  // The request there is over: it was answered, or kept, or wants no answer.
  void request_done();
  // For kernels that send nothing again: the request is to be handled anew by whoever comes after.
  void keep_request(RequestId id, RawRequestView request);
  // What a predecessor kept, and what was in the room when it died.
  std::vector<RawRequest> kept_requests() const;
  // Whether a request that was kept is still unanswered; asked now and then.
  std::function<bool(RequestId)> is_unanswered = [](RequestId) { return true; };

  // Where the socket doors note what they do (socket_steps.h). All zeros at first.
  std::span<std::byte> socket_room() const { return memory_.socket_room(); }

  // journal_notes.cc
  // The request that is being handled; none again when it is done.
  void handling(RequestId id);
  // The request whose answer has arrived. Whoever comes after a crash need not ask then.
  void replied(RequestId id);
  RequestId last_replied() const;
  // The bytes of an answer that is about to be sent: a successor that does not know whether it
  // arrived can send it again. Only short ones; whatever is opened is answered by one.
  static constexpr std::size_t max_kept_answer = JournalMemory::max_kept_answer;
  void keep_answer(std::span<const std::span<const std::byte>> parts);
  std::vector<std::byte> kept_answer() const;
  // At a start: which request was being handled at this crash, if it was at an earlier one too.
  RequestId find_poison(bool after_crash);

 private:
  explicit Journal(JournalMemory memory);

  void start_reading();
  void begin(RecordLog& log, const Engine& engine) const;
  void compact(const Engine& engine);
  bool read_records(std::unique_ptr<Engine>& engine);
  void replay_event(Decoder& decoder, FirstAnswer first, Engine& engine);
  bool read_record(std::span<const std::byte> payload, std::unique_ptr<Engine>& engine);

  JournalMemory memory_;
  JournalSettings settings_;
  RawRequest fuse_init_;
  bool resends_ = false;  // the kernel sends again what was not answered: nothing need be kept
  KeptRequests requests_;
  std::optional<RecordLog> log_;
  std::uint64_t generation_ = 0;  // of log_
  std::uint32_t format_ = current_format;
  std::size_t compact_at_ = 0;
};

}  // namespace lockfs
