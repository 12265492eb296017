#include "core/record_log.h"

#include <algorithm>
#include <atomic>

namespace lockfs {
namespace {

constexpr std::size_t word = sizeof(std::uint64_t);

std::size_t padded(std::size_t size) { return (size + word - 1) / word * word; }

std::atomic_ref<std::uint64_t> commit_word(std::span<std::byte> room, std::size_t at) {
  return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(room.data() + at));
}

}  // namespace

// Room for a whole payload with its padding, and for the zero behind it that ends the log.
std::span<std::byte> RecordLog::payload_room() const {
  if (room_.size() < used_ + 3 * word) return {};
  return room_.subspan(used_ + word, room_.size() - used_ - 3 * word);
}

std::uint32_t RecordLog::checksum(std::size_t size) const {
  std::uint64_t sum = generation_ ^ (used_ * 0x9e3779b97f4a7c15U) ^ size;
  for (std::size_t at = 0; at < padded(size); at += word) {
    std::uint64_t value = 0;
    std::memcpy(&value, room_.data() + used_ + word + at, word);
    sum = (sum ^ value) * 0xff51afd7ed558ccdU;
    sum ^= sum >> 32U;
  }
  return static_cast<std::uint32_t>(sum);
}

// What a writer that was killed left behind here is wiped where it could pass for a record.
void RecordLog::commit(std::size_t size) {
  std::byte* payload = room_.data() + used_ + word;
  std::memset(payload + size, 0, padded(size) - size + word);
  const std::uint64_t value = (static_cast<std::uint64_t>(size) << 32U) | checksum(size);
  commit_word(room_, used_).store(value, std::memory_order_release);
  used_ += word + padded(size);
}

std::span<const std::byte> RecordLog::next() {
  if (damaged_ || room_.size() < used_ + word) return {};
  const std::uint64_t value = commit_word(room_, used_).load(std::memory_order_acquire);
  if (value == 0) return {};
  const std::size_t size = value >> 32U;
  damaged_ = size == 0 || padded(size) > room_.size() - used_ - word ||
             checksum(size) != static_cast<std::uint32_t>(value);
  if (damaged_) return {};
  const auto payload = room_.subspan(used_ + word, size);
  used_ += word + padded(size);
  return payload;
}

}  // namespace lockfs
