// The journal: the engine's input, in shared memory that outlives the process that writes it.
//
// A memfd, held by worker and keeper both. Replaying it is the only way state is restored, after an
// upgrade as after a crash.
//
//     page 0    header: magic, the format of each area (there are two), the generation of the one
//               in force, the request that is being handled (for finding out which one kills us)
//     room      2 MiB into which requests are read that no kernel sends again, so that none is lost
//               between its being read and its being handled
//     area      RecordLog (core/record_log.h): first the settings, the kernel's FUSE_INIT, a
//               snapshot of the engine and the requests that are kept (kept_requests.h), then every
//               event since, each with its time, and every request kept since
//     sockets   the end of the second area: the socket doors' notes (socket_steps.h)
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

  Journal(Journal&& other) noexcept;
  Journal& operator=(Journal&&) = delete;
  ~Journal();

  // For whoever keeps it once this is gone.
  Descriptor take_descriptor() { return std::move(own_); }
  const JournalSettings& settings() const { return settings_; }
  const RawRequest& fuse_init() const { return fuse_init_; }

  // The engine as it was at the last whole record. Once more: with what was appended since, or
  // begun anew by a snapshot. False if the journal is damaged.
  bool replay(std::unique_ptr<Engine>& engine);
  // Only the settings, for who needs no engine. Not before a replay.
  bool read_settings();

  // Makes this process the one that appends: there is one at a time, until its end. False if
  // another one still lives when the limit is over.
  bool own(std::chrono::milliseconds limit);
  // Goes on in this program's format, if the journal is in an older one. For who owns it.
  void convert(const Engine& engine);

  // Counts from the moment it returns.
  void append(WallTime now, const Event& event, FirstAnswer first, const Engine& engine);

  // Where the latest events are kept (core/event_ring.h).
  std::span<std::byte> event_room() const;

  // Where requests are to be read to, one at a time.
  std::span<std::byte> request_room() const;
  // The request there is over: it was answered, or kept, or wants no answer.
  void request_done();
  // For kernels that send nothing again: the request is to be handled anew by whoever comes after.
  void keep_request(RequestId id, RawRequestView request);
  // What a predecessor kept, and what was in the room when it died.
  std::vector<RawRequest> kept_requests() const;
  // Whether a request that was kept is still unanswered; asked now and then.
  std::function<bool(RequestId)> is_unanswered = [](RequestId) { return true; };

  // Where the socket doors note what they do (socket_steps.h). All zeros at first.
  std::span<std::byte> socket_room() const;

  // The request that is being handled; none again when it is done.
  void handling(RequestId id);
  // The request whose answer has arrived. Whoever comes after a crash need not ask then.
  void replied(RequestId id);
  RequestId last_replied() const;
  // The bytes of an answer that is about to be sent: a successor that does not know whether it
  // arrived can send it again. Only short ones; whatever is opened is answered by one.
  static constexpr std::size_t max_kept_answer = 256;
  void keep_answer(std::span<const std::span<const std::byte>> parts);
  std::vector<std::byte> kept_answer() const;
  // At a start: which request was being handled at this crash, if it was at an earlier one too.
  RequestId find_poison(bool after_crash);

 private:
  struct Header;

  Journal(int fd, std::byte* memory);
  Header& header() const;
  std::span<std::byte> area(std::uint64_t generation) const;
  std::uint64_t generation_in_force() const;
  void start_reading();
  void begin(RecordLog& log, const Engine& engine) const;
  void compact(const Engine& engine);
  void empty(std::uint64_t generation);
  bool read_records(std::unique_ptr<Engine>& engine);
  void replay_event(Decoder& decoder, FirstAnswer first, Engine& engine);
  bool read_record(std::span<const std::byte> payload, std::unique_ptr<Engine>& engine);

  Descriptor own_;  // of a journal just made
  int fd_;
  std::byte* memory_;
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
