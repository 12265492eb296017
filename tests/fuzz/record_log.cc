// The record log over arbitrary memory: reading ends within it, and what was read can be written
// and read again.
//
// The first byte is the log's generation. Bytes alone hardly ever have the right checksum: with
// its upper bit set the input is payloads, each after its length, that are written first; then
// some bytes of the log are changed.
#include "core/record_log.h"

#include <algorithm>
#include <span>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace lockfs::fuzz {
namespace {

using Bytes = std::vector<std::byte>;
using Payloads = std::vector<Bytes>;

// Where a commit word can stand, as in a mapping; ends where the sanitizers see it.
struct Room {
  explicit Room(std::size_t size) : words(size / sizeof(std::uint64_t)) {}
  std::span<std::byte> bytes() { return std::as_writable_bytes(std::span(words)); }
  std::vector<std::uint64_t> words;
};

Payloads read_all(std::span<std::byte> room, std::uint64_t generation) {
  RecordLog log(room, generation);
  Payloads payloads;
  for (auto payload = log.next(); !payload.empty(); payload = log.next()) {
    payloads.emplace_back(payload.begin(), payload.end());
    require(log.used() <= room.size(), "it is read within its room");
  }
  require(log.next().empty(), "the end is the end");
  return payloads;
}

// How many found room.
std::size_t write_all(const Payloads& payloads, std::span<std::byte> room,
                      std::uint64_t generation) {
  RecordLog log(room, generation);
  std::size_t written = 0;
  for (const auto& payload : payloads) {
    const auto encode = [&](Encoder& encoder) {
      for (const std::byte byte : payload) encoder(static_cast<std::uint8_t>(byte));
    };
    if (!log.append(encode)) break;
    ++written;
  }
  return written;
}

void check_memory(std::span<const std::byte> input, std::uint64_t generation) {
  Room room(input.size());
  const auto bytes = room.bytes();
  std::copy_n(input.begin(), bytes.size(), bytes.begin());
  const auto payloads = read_all(bytes, generation);
  Room other(input.size() + 64);
  write_all(payloads, other.bytes(), generation + 1);
  require(read_all(other.bytes(), generation + 1) == payloads, "what was written is read");
  require(read_all(other.bytes(), generation).empty(), "of its own generation only");
}

void check_payloads(std::span<const std::byte> input, std::uint64_t generation) {
  Payloads payloads;
  while (!input.empty()) {
    const auto size = std::min(static_cast<std::size_t>(input[0]) + 1, input.size());
    payloads.emplace_back(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
    input = input.subspan(size);
  }
  Room room(2048);
  payloads.resize(write_all(payloads, room.bytes(), generation));
  require(read_all(room.bytes(), generation) == payloads, "what was written is read");
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    auto& hit = room.bytes()[i * 37 % room.bytes().size()];
    hit ^= std::byte{1};
    const auto left = read_all(room.bytes(), generation);
    const bool beginning =
        left.size() <= payloads.size() && std::equal(left.begin(), left.end(), payloads.begin());
    require(beginning, "of what was damaged the beginning is read");
    hit ^= std::byte{1};
  }
}

}  // namespace
}  // namespace lockfs::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto input = std::as_bytes(std::span(data + 1, size - 1));
  const bool is_payloads = (data[0] & 0x80U) != 0;
  is_payloads ? lockfs::fuzz::check_payloads(input, data[0])
              : lockfs::fuzz::check_memory(input, data[0]);
  return 0;
}
