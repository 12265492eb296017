// Byte ranges against a file of few bytes, each of which remembers how it is locked.
#include "core/ranges.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>

namespace lockfs {
namespace {

constexpr std::uint64_t file_size = 24;
using Bytes = std::vector<std::optional<std::pair<Mode, HandleId>>>;

Bytes bytes_of(const Ranges& ranges) {
  Bytes bytes(file_size);
  for (const auto& range : ranges.list()) {
    for (auto byte = range.bytes.first; byte <= range.bytes.last; ++byte) {
      bytes.at(byte) = {range.mode, range.through};
    }
  }
  return bytes;
}

TEST(Ranges, RememberHowEachByteIsLocked) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    Ranges ranges;
    Bytes bytes(file_size);
    for (int i = 0; i < 50; ++i) {
      const std::uint64_t first = random() % file_size;
      const ByteRange range{first, std::min<std::uint64_t>(file_size - 1, first + random() % 6)};
      const Mode mode = random() % 2 == 0 ? Mode::shared : Mode::exclusive;
      const HandleId handle{1 + random() % 2};
      const bool locks = random() % 3 != 0;
      for (auto byte = range.first; byte <= range.last; ++byte) {
        bytes[byte] = locks ? std::optional(std::pair(mode, handle)) : std::nullopt;
      }
      ASSERT_TRUE(locks ? ranges.lock({range, mode, handle}) : ranges.unlock(range));
      ASSERT_EQ(bytes_of(ranges), bytes);
      ASSERT_TRUE(Ranges::fit(ranges.list()));
      ASSERT_EQ(ranges.empty(), bytes == Bytes(file_size));
    }
  }
}

TEST(Ranges, JoinWhatContinues) {
  Ranges ranges;
  for (const std::uint64_t byte : {4U, 6U, 5U}) {
    ranges.lock({{byte, byte}, Mode::shared, HandleId{1}});
  }
  ASSERT_EQ(ranges.list().size(), 1U);
  EXPECT_EQ(ranges.list().front().bytes, (ByteRange{4, 6}));
}

TEST(Ranges, AreBounded) {
  Ranges ranges;
  for (std::uint64_t i = 0; i < Ranges::max_size; ++i) {
    ASSERT_TRUE(ranges.lock({{10 * i, 10 * i + 4}, Mode::shared, HandleId{1}}));
  }
  const auto before = ranges.list();
  EXPECT_FALSE(ranges.lock({{100'000, 100'000}, Mode::shared, HandleId{1}}));
  EXPECT_FALSE(ranges.unlock({12, 12})) << "it would split one";
  EXPECT_EQ(ranges.list(), before);
  EXPECT_TRUE(ranges.lock({{0, 4}, Mode::exclusive, HandleId{1}}));
  EXPECT_TRUE(ranges.unlock({}));
  EXPECT_TRUE(ranges.empty());
}

TEST(Ranges, EndWithTheFile) {
  Ranges ranges;
  const auto last = ~std::uint64_t{0};
  EXPECT_TRUE(ranges.lock({{5, last}, Mode::exclusive, HandleId{1}}));
  EXPECT_TRUE(ranges.lock({{last, last}, Mode::shared, HandleId{1}}));
  EXPECT_EQ(ranges.mode(), Mode::exclusive);
  EXPECT_TRUE(ranges.unlock({0, last - 1}));
  EXPECT_EQ(ranges.mode(), Mode::shared);
}

TEST(Ranges, GoWithTheirDescriptor) {
  Ranges ranges;
  ranges.lock({{0, 9}, Mode::exclusive, HandleId{1}});
  ranges.lock({{4, 5}, Mode::shared, HandleId{2}});
  ranges.close(HandleId{1});
  ASSERT_EQ(ranges.list().size(), 1U);
  EXPECT_EQ(ranges.mode(), Mode::shared);
}

}  // namespace
}  // namespace lockfs
