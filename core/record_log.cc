#include "core/record_log.h"

namespace lockfs {

std::uint32_t RecordLog::checksum(std::size_t size) const {
  const std::byte* at = room_.data() + used_ + word;
  const std::size_t words = whole_words(size) / word;
  return format_ < 4 ? record_checksum::of_format_3(seed(size), at, words)
                     : record_checksum::of(seed(size), at, words);
}

void RecordLog::commit(std::size_t size) {
  end_payload(size);
  commit(size, checksum(size));
}

std::span<const std::byte> RecordLog::next() {
  if (damaged_ || room_.size() < used_ + word) return {};
  const std::uint64_t value = commit_word().load(std::memory_order_acquire);
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
