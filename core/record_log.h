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

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/codec.h"

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

  // The payload of the next record, read from the beginning on; nothing at the end.
  std::span<const std::byte> next();
  // Whether reading ended at something that is neither a record nor the end.
  bool damaged() const { return damaged_; }

  std::size_t used() const { return used_; }

 private:
  // Room for a whole payload with its padding, and for the zero behind it that ends the log.
  std::span<std::byte> payload_room() const {
    constexpr std::size_t word = sizeof(std::uint64_t);
    if (room_.size() < used_ + 3 * word) return {};
    return room_.subspan(used_ + word, room_.size() - used_ - 3 * word);
  }
  void commit(std::size_t size);
  std::uint32_t checksum(std::size_t size) const;

  std::span<std::byte> room_;
  std::uint64_t generation_;
  std::uint32_t format_;
  std::size_t used_ = 0;  // where the next record is read or written
  bool damaged_ = false;
};

}  // namespace lockfs
