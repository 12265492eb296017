// The journal's memory: a memfd, mapped, and where each part of it is.
//
//     page 0    header
//     room      2 MiB into which requests are read that no kernel sends again, so that none is lost
//               between its being read and its being handled
//     areas     two, a gigabyte of addresses each, of memory as they fill. The end of the second is
//               the events' (core/event_ring.h) and the socket doors' (socket_steps.h).
//
// All zeros at first. It is as large and laid out alike in every version of lockfs. What stands in
// an area is journal.h's business. Any process that has the descriptor may map it; one at a time
// owns it, and writes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "fs/descriptor.h"

namespace lockfs {

class JournalMemory {
 public:
  // The bytes of an answer that are kept at most: whatever is opened is answered by one that short.
  static constexpr std::size_t max_kept_answer = 256;
  // What an area keeps of its memory when it is emptied: that much it soon needs again.
  static constexpr std::size_t kept_memory = std::size_t{256} << 10U;

  struct Header {
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

  // A new one. Throws std::system_error.
  static JournalMemory create();
  // Another process's; the caller keeps the descriptor open. Nothing, and `error` says why, if it
  // is not a journal's.
  static std::optional<JournalMemory> open(int fd, std::string& error);

  JournalMemory(JournalMemory&& other) noexcept;
  JournalMemory& operator=(JournalMemory&&) = delete;
  ~JournalMemory();

  // Of one just made: for whoever keeps it once this is gone.
  Descriptor take_descriptor() { return std::move(own_); }
  // Makes this process the one that writes, until its end. False if another one still lives when
  // the limit is over.
  bool own(std::chrono::milliseconds limit) const;

  Header& header() const { return *reinterpret_cast<Header*>(at_); }
  std::uint64_t generation_in_force() const;
  void put_in_force(std::uint64_t generation);
  // Where the records of this generation are, or will be.
  std::span<std::byte> area(std::uint64_t generation) const;
  // Gives memory back; what stays is none of a later generation's records (core/record_log.h).
  void empty(std::uint64_t generation);

  std::span<std::byte> request_room() const;
  std::span<std::byte> event_room() const;
  std::span<std::byte> socket_room() const;

 private:
  explicit JournalMemory(int fd);

  Descriptor own_;
  int fd_;
  std::byte* at_;
};

}  // namespace lockfs
