// The journal's bytes when something is wrong with them: none make a decoder stumble, and an
// encoder stays within its room.
#include <gtest/gtest.h>

#include <random>
#include <span>
#include <vector>

#include "core/snapshot_codec.h"
#include "tests/unit/core/codec_values.h"
#include "tests/unit/encoded.h"

namespace lockfs {
namespace {

template <class T>
bool decodes(std::span<const std::byte> bytes) {
  // A copy of exactly this size, so that a sanitizer sees every byte too much that is read.
  const std::vector<std::byte> exact(bytes.begin(), bytes.end());
  T value{};
  Decoder decoder(exact);
  decoder(value);
  return decoder.ok();
}

TEST(Codec, EndsEveryTruncationWithNotOk) {
  for (const auto& event : {Event(some_control(command::Reload{some_policy()})),
                            Event(event::Reconnect{{RequestId{1}}}),
                            Event(event::Create{RequestId{2}, "deploy", some_client})}) {
    const auto bytes = encoded(event);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decodes<Event>(std::span(bytes).first(size))) << size;
    }
  }
  const auto bytes = encoded(some_snapshot());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decodes<Snapshot>(std::span(bytes).first(size))) << size;
  }
}

TEST(Codec, ReadsWithinRandomBytes) {
  std::mt19937 random(4);
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::byte> bytes(random() % 200);
    for (auto& byte : bytes) byte = static_cast<std::byte>(random() % (round % 2 == 0 ? 256 : 4));
    decodes<Event>(bytes);
    decodes<Snapshot>(bytes);
  }
}

// A snapshot of which one byte is wrong is refused or restored; neither reads anywhere else.
TEST(Codec, RestoresOrRefusesASnapshotWithAWrongByte) {
  std::mt19937 random(5);
  const auto bytes = encoded(some_snapshot());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto wrong = bytes;
    wrong[at] = static_cast<std::byte>(random());
    Snapshot image;
    Decoder decoder(wrong);
    decoder(image);
    if (decoder.ok()) image.restore();
  }
}

TEST(Codec, RefusesWhatIsNoValueOfItsType) {
  for (const unsigned byte : {0U, 1U, 2U, 255U}) {
    const std::vector<std::byte> bytes = {static_cast<std::byte>(byte)};
    EXPECT_EQ(decodes<Mode>(bytes), byte < 2);
    EXPECT_EQ(decodes<bool>(bytes), byte < 2);
    EXPECT_EQ(decodes<FileKind>(bytes), byte < 4);
  }
}

TEST(Codec, SaysWhenTheRoomIsTooSmall) {
  const auto bytes = encoded(some_snapshot());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::vector<std::byte> room(size);
    Encoder encoder(room);
    encoder(some_snapshot());
    EXPECT_FALSE(encoder.ok());
    EXPECT_LE(encoder.size(), size);
  }
}

}  // namespace
}  // namespace lockfs
