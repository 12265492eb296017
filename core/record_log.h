// A log of records in memory that another process may have to read after this one was killed, at
// any instruction.
//
//     record   u64 commit word: payload bytes in the upper half, checksum in the lower; never 0
//              payload, padded with zeros to 8 bytes
//
// The room must begin with zeros. A record counts only after its commit word was stored,
// last and with release order, so a reader that finds 0 is at the end: what comes behind was being
// written. The checksum covers the payload, its place and the generation of the room, so that
// nothing left over from an earlier use passes for a record. It is the one of a format (codec.h).
//
// Pure: no file, no system call. One writer at a time.
#pragma once

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "core/codec.h"
#include "core/record_checksum.h"

namespace lockfs {

class RecordLog {
 public:
  RecordLog(std::span<std::byte> room, std::uint64_t generation,
            std::uint32_t format = current_format)
      : room_(room), generation_(generation), format_(format) {}

  // Appends one record of what `encode(Encoder&)` writes. False if there is no room for it.
  template <class Encode>
  bool append(const Encode& encode) {
    Encoder encoder(payload_room());
    encode(encoder);
    if (!encoder.ok()) return false;
    commit(encoder.size());
    return true;
  }

  // The same of values that always take as many bytes: one look at the room, and no loop. This is
  // on the lock path. In the current format only.
  template <OfKnownSize... T>
  bool append_fixed(const T&... values) {
    constexpr std::size_t size = fixed_size<T...>();
    assert(format_ == current_format);
    if (room_.size() < used_ + 3 * word + size) return false;
    PlainEncoder encoder(room_.data() + used_ + word, current_format);
    encoder(values...);
    end_payload(size);
    commit(size, fixed_checksum<size>());
    return true;
  }

  // The payload of the next record, read from the beginning on; nothing at the end.
  std::span<const std::byte> next();
  // Whether reading ended at something that is neither a record nor the end.
  bool damaged() const { return damaged_; }

  std::size_t used() const { return used_; }

 private:
  static constexpr std::size_t word = record_checksum::word;
  static constexpr std::size_t whole_words(std::size_t size) {
    return (size + word - 1) / word * word;
  }
  // Room for a whole payload with its padding, and for the zero behind it that ends the log.
  std::span<std::byte> payload_room() const {
    if (room_.size() < used_ + 3 * word) return {};
    return room_.subspan(used_ + word, room_.size() - used_ - 3 * word);
  }
  // What a writer that was killed left behind here is wiped where it could pass for a record.
  void end_payload(std::size_t size) {
    constexpr std::uint64_t zero = 0;
    std::byte* payload = room_.data() + used_ + word;
    std::memcpy(payload + size, &zero, word);
    std::memcpy(payload + whole_words(size), &zero, word);
  }
  std::atomic_ref<std::uint64_t> commit_word() {
    return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(room_.data() + used_));
  }
  void commit(std::size_t size, std::uint32_t sum) {
    commit_word().store((static_cast<std::uint64_t>(size) << 32U) | sum, std::memory_order_release);
    used_ += word + whole_words(size);
  }
  void commit(std::size_t size);

  // What a checksum begins with.
  std::uint64_t seed(std::size_t size) const {
    return generation_ ^ (used_ * 0x9e3779b97f4a7c15U) ^ size;
  }
  std::uint32_t checksum(std::size_t size) const;
  template <std::size_t size>
  std::uint32_t fixed_checksum() const {
    if constexpr (current_format < 4) return checksum(size);
    return record_checksum::of<whole_words(size) / word>(seed(size), room_.data() + used_ + word);
  }

  std::span<std::byte> room_;
  std::uint64_t generation_;
  std::uint32_t format_;
  std::size_t used_ = 0;  // where the next record is read or written
  bool damaged_ = false;
};

}  // namespace lockfs
