// The latest notices, in memory that outlives the process which writes it (fs/journal.h).
//
//     header   u64 format   u64 place   u64 begin   u64 end
//     records  u32 size, u32 text size, Notice, text; padded to 8 bytes; a size without a notice
//              fills the room's end
//
// `begin` and `end` count bytes from the first record ever on; a record stands at its count modulo
// the room. Old records make room for new ones; `begin` is moved before they are overwritten and
// `end` once a record is whole, so that a process that is killed leaves whole records only. What it
// leaves that its journal does not know of never happened: truncate().
//
// The positions in it have no gaps. Pure: no file, no system call. One writer, who is also the only
// reader.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>

#include "core/effect.h"

namespace lockfs {

// A notice taken out of the ring.
struct EventRecord {
  Notice notice;
  std::string text;

  NoticeText told() const { return {notice, text}; }
};

class EventRing {
 public:
  // Goes on with what is there, or begins anew if it is not a ring of this program's.
  explicit EventRing(std::span<std::byte> room);

  // Takes out what is newer than this position.
  void truncate(std::uint64_t newest);
  void push(const NoticeText& told);

  bool empty() const { return places_.empty(); }
  std::size_t size() const { return places_.size(); }
  // The positions of the first and the last that are here; none: what comes next is the first.
  std::uint64_t oldest() const { return oldest_; }
  std::uint64_t newest() const { return oldest_ + places_.size() - 1; }
  // A copy of one that is here.
  EventRecord at(std::uint64_t position) const;

  // How far somebody has come who writes them elsewhere: kept with them.
  std::uint64_t place() const;
  void set_place(std::uint64_t position);

 private:
  struct Header {
    std::uint64_t format;
    std::uint64_t place;
    std::uint64_t begin;
    std::uint64_t end;
  };

  Header& header() const { return *reinterpret_cast<Header*>(room_.data()); }
  std::byte* at_count(std::uint64_t count) const {
    return room_.data() + sizeof(Header) + count % capacity_;
  }
  std::uint64_t to_end_of_room(std::uint64_t count) const { return capacity_ - count % capacity_; }
  bool recover();
  void begin_anew();  // keeps the place
  void make_room(std::uint64_t end);
  static void write(std::byte* at, std::size_t size, const NoticeText& told);

  std::span<std::byte> room_;
  std::uint64_t capacity_;
  std::deque<std::uint64_t> places_;  // the count of each record
  std::uint64_t oldest_ = 1;
};

}  // namespace lockfs
