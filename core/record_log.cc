#include "core/record_log.h"

#include <algorithm>
#include <atomic>

namespace lockfs {
namespace {

constexpr std::size_t word = sizeof(std::uint64_t);

std::size_t whole_words(std::size_t size) { return (size + word - 1) / word * word; }

std::atomic_ref<std::uint64_t> commit_word(std::span<std::byte> room, std::size_t at) {
  return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(room.data() + at));
}

std::uint64_t word_at(const std::byte* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, word);
  return value;
}

// Until format 3: a word at a time.
std::uint64_t mixed_singly(std::uint64_t sum, const std::byte* at, std::size_t words) {
  for (; words > 0; --words, at += word) {
    sum = (sum ^ word_at(at)) * 0xff51afd7ed558ccdU;
    sum ^= sum >> 32U;
  }
  return sum;
}

// All bits of a product of two words, folded into one. This is on the lock path.
std::uint64_t folded(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{a} * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

// Two words at a time.
std::uint64_t mixed(std::uint64_t sum, const std::byte* at, std::size_t words) {
  constexpr std::uint64_t odd = 0xff51afd7ed558ccdU;
  for (; words >= 2; words -= 2, at += 2 * word) {
    sum = folded(sum ^ word_at(at), odd ^ word_at(at + word));
  }
  if (words > 0) sum = folded(sum ^ word_at(at), odd);
  return sum ^ (sum >> 32U);
}

}  // namespace

std::uint32_t RecordLog::checksum(std::size_t size) const {
  const std::uint64_t sum = generation_ ^ (used_ * 0x9e3779b97f4a7c15U) ^ size;
  const std::byte* at = room_.data() + used_ + word;
  const std::size_t words = whole_words(size) / word;
  return static_cast<std::uint32_t>(format_ < 4 ? mixed_singly(sum, at, words)
                                                : mixed(sum, at, words));
}

// What a writer that was killed left behind here is wiped where it could pass for a record.
void RecordLog::commit(std::size_t size) {
  std::byte* payload = room_.data() + used_ + word;
  constexpr std::uint64_t zero = 0;
  std::memcpy(payload + size, &zero, word);
  std::memcpy(payload + whole_words(size), &zero, word);
  const std::uint64_t value = (static_cast<std::uint64_t>(size) << 32U) | checksum(size);
  commit_word(room_, used_).store(value, std::memory_order_release);
  used_ += word + whole_words(size);
}

std::span<const std::byte> RecordLog::next() {
  if (damaged_ || room_.size() < used_ + word) return {};
  const std::uint64_t value = commit_word(room_, used_).load(std::memory_order_acquire);
  if (value == 0) return {};
  const std::size_t size = value >> 32U;
  damaged_ = size == 0 || whole_words(size) > room_.size() - used_ - word ||
             checksum(size) != static_cast<std::uint32_t>(value);
  if (damaged_) return {};
  const auto payload = room_.subspan(used_ + word, size);
  used_ += word + whole_words(size);
  return payload;
}

}  // namespace lockfs
