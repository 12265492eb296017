// Events and snapshots from bytes: what can be read is written as it was, and a snapshot that fits
// together is an engine that gives the same snapshot again.
//
// The first byte tells which of the two.
#include <algorithm>
#include <span>
#include <vector>

#include "core/snapshot_codec.h"
#include "tests/fuzz/fuzz.h"

namespace lockfs::fuzz {
namespace {

using Bytes = std::vector<std::byte>;

template <class T>
Bytes encoded(const T& value) {
  for (std::size_t size = 1024;; size *= 2) {
    Bytes room(size);
    Encoder encoder(room);
    encoder(value);
    if (!encoder.ok()) continue;
    room.resize(encoder.size());
    return room;
  }
}

// False if these are no bytes of one.
template <class T>
bool decode(std::span<const std::byte> input, T& value) {
  Decoder decoder(input);
  decoder(value);
  return decoder.ok() && decoder.at_end();
}

template <class T>
void check_same(std::span<const std::byte> input, const T& value) {
  const Bytes again = encoded(value);
  require(std::equal(input.begin(), input.end(), again.begin(), again.end()),
          "what was read is written as it was");
}

void check_event(std::span<const std::byte> input) {
  Event event;
  if (decode(input, event)) check_same(input, event);
}

void check_snapshot(std::span<const std::byte> input) {
  Snapshot snapshot;
  if (!decode(input, snapshot)) return;
  check_same(input, snapshot);
  const auto engine = snapshot.restore();
  if (!engine) return;
  const auto saved = Snapshot::save(*engine);
  const auto again = saved.restore();
  require(again != nullptr, "what an engine saves can be restored");
  require(encoded(Snapshot::save(*again)) == encoded(saved), "and is the same engine");
}

}  // namespace
}  // namespace lockfs::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto input = std::as_bytes(std::span(data + 1, size - 1));
  data[0] % 2 == 0 ? lockfs::fuzz::check_event(input) : lockfs::fuzz::check_snapshot(input);
  return 0;
}
