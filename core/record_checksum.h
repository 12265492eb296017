// The checksum of a record (record_log.h): of whole words, two at a time, from a sum on that says
// what they are. On the lock path, where their number is known beforehand, it is no loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace lockfs::record_checksum {

inline constexpr std::size_t word = sizeof(std::uint64_t);
inline constexpr std::uint64_t odd = 0xff51afd7ed558ccdU;

inline std::uint64_t word_at(const std::byte* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, word);
  return value;
}

// All bits of a product of two words, folded into one.
inline std::uint64_t folded(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{a} * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

inline std::uint64_t with_two(std::uint64_t sum, const std::byte* at) {
  return folded(sum ^ word_at(at), odd ^ word_at(at + word));
}

inline std::uint64_t with_last(std::uint64_t sum, const std::byte* at) {
  return folded(sum ^ word_at(at), odd);
}

inline std::uint32_t end_of(std::uint64_t sum) {
  return static_cast<std::uint32_t>(sum ^ (sum >> 32U));
}

inline std::uint32_t of(std::uint64_t sum, const std::byte* at, std::size_t words) {
  for (; words >= 2; words -= 2, at += 2 * word) sum = with_two(sum, at);
  return end_of(words > 0 ? with_last(sum, at) : sum);
}

template <std::size_t words>
std::uint32_t of(std::uint64_t sum, const std::byte* at) {
  [&]<std::size_t... pair>(std::index_sequence<pair...>) {
    ((sum = with_two(sum, at + 2 * word * pair)), ...);
  }
  (std::make_index_sequence<words / 2>());
  return end_of(words % 2 == 0 ? sum : with_last(sum, at + word * (words - 1)));
}

// Until format 3: a word at a time.
inline std::uint32_t of_format_3(std::uint64_t sum, const std::byte* at, std::size_t words) {
  for (; words > 0; --words, at += word) {
    sum = (sum ^ word_at(at)) * odd;
    sum ^= sum >> 32U;
  }
  return static_cast<std::uint32_t>(sum);
}

}  // namespace lockfs::record_checksum
