// Events and snapshots from bytes: what can be read is written as it was; and a snapshot that can
// be restored is an engine that gives the same bytes again and keeps its promises from then on.
//
// The first byte tells what follows: the bytes of an event, those of a snapshot, or (for they
// hardly ever hit one by themselves) a seed of two bytes, whose random events make a snapshot, a
// number of them, and then changes to its bytes: the place in two bytes, the new byte.
#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "core/snapshot_codec.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/engine/random_events.h"

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
void check_same(std::span<const std::byte> input, const T& value, const char* what) {
  const Bytes again = encoded(value);
  require(std::equal(input.begin(), input.end(), again.begin(), again.end()), what);
}

void check_event(std::span<const std::byte> input) {
  Event event;
  if (decode(input, event)) check_same(input, event, "what was read is written as it was");
}

RequestId last_request(const Snapshot& image) {
  RequestId last = image.last_sent.id;
  for (const auto& claim : image.waits) last = std::max(last, claim.request);
  for (const auto& claim : image.holds) last = std::max(last, claim.request);
  for (const auto& answer : image.kept_answers) last = std::max(last, answer.id);
  for (const auto& done : image.lines_done) last = std::max(last, done.first);
  return last;
}

// Uses what is open, and makes more.
void go_on(Engine& engine, const Snapshot& image) {
  const RequestId last = last_request(image);
  if (last > RequestId{std::uint64_t{1} << 62U}) return;  // the kernel's numbers go no further
  const bool sound = engine.broken_promise() == nullptr;
  RandomEvents events(static_cast<unsigned>(image.next_ticket), engine, last);
  Effects effects;
  for (const auto& handle : image.handles) {
    effects.answers.push_back({.handle = handle.id, .node = handle.node});
  }
  events.learn(effects);
  for (int i = 0; i < 60; ++i) {
    effects = {};
    engine.apply(i, events.next(), effects);
    events.learn(effects);
    require(engine.broken_structure() == nullptr, "the structure stays whole");
    if (sound) engine.check();
  }
}

void check_snapshot(std::span<const std::byte> input) {
  Snapshot image;
  if (!decode(input, image)) return;
  check_same(input, image, "what was read is written as it was");
  const auto engine = image.restore();
  if (!engine) return;
  check_same(input, Snapshot::save(*engine), "what was restored is saved as it was");
  go_on(*engine, image);
}

Bytes some_snapshot(unsigned seed, std::size_t count) {
  Engine engine(random_policies().front(), 0);
  RandomEvents events(seed, engine);
  Effects effects;
  for (std::size_t i = 0; i < count; ++i) {
    effects = {};
    engine.apply(static_cast<WallTime>(i), events.next(), effects);
    events.learn(effects);
  }
  return encoded(Snapshot::save(engine));
}

void check_changed(std::span<const std::byte> input) {
  const auto number = [&](std::size_t at) { return std::to_integer<unsigned>(input[at]); };
  if (input.size() < 3) return;
  auto bytes = some_snapshot(number(0) << 8U | number(1), number(2));
  for (std::size_t at = 3; at + 3 <= input.size(); at += 3) {
    bytes[(number(at) << 8U | number(at + 1)) % bytes.size()] = input[at + 2];
  }
  check_snapshot(bytes);
}

}  // namespace
}  // namespace lockfs::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto input = std::as_bytes(std::span(data + 1, size - 1));
  if (data[0] % 4 == 0) lockfs::fuzz::check_event(input);
  if (data[0] % 4 == 1) lockfs::fuzz::check_snapshot(input);
  if (data[0] % 4 > 1) lockfs::fuzz::check_changed(input);
  return 0;
}
