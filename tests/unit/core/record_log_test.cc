// RecordLog: whatever happens to its bytes, what is read is a prefix of what was written.
#include "core/record_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "core/event_codec.h"

namespace lockfs {
namespace {

constexpr std::uint64_t generation = 7;

// A room for records, aligned as a mapping is, all zeros.
class LogRoom {
 public:
  explicit LogRoom(std::size_t size) : words_(size / sizeof(std::uint64_t)) {}
  std::span<std::byte> bytes() { return std::as_writable_bytes(std::span(words_)); }

 private:
  std::vector<std::uint64_t> words_;
};

bool append(RecordLog& log, const std::string& text) {
  return log.append([&](Encoder& e) { e(text); });
}

std::string text_of(std::span<const std::byte> payload) {
  std::string text;
  Decoder decoder(payload);
  decoder(text);
  return decoder.ok() && decoder.at_end() ? text : "not a text";
}

using Texts = std::vector<std::string>;

Texts read_all(RecordLog& log) {
  Texts texts;
  for (auto payload = log.next(); !payload.empty(); payload = log.next()) {
    texts.push_back(text_of(payload));
  }
  return texts;
}

Texts read_room(std::span<std::byte> room) {
  RecordLog log(room, generation);
  return read_all(log);
}

// Texts of all lengths from nothing up, so that every padding occurs.
Texts some_texts(std::size_t count) {
  std::mt19937 random(1);
  Texts texts;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text(i % 29, '\0');
    for (char& c : text) c = static_cast<char>(random());
    texts.push_back(text);
  }
  return texts;
}

struct Written {
  std::vector<std::size_t> ends;  // where each record ends
};

Written write(RecordLog& log, const Texts& texts) {
  Written written;
  for (const auto& text : texts) {
    EXPECT_TRUE(append(log, text));
    written.ends.push_back(log.used());
  }
  return written;
}

bool is_prefix(const Texts& part, const Texts& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

TEST(RecordLog, ReadsWhatWasAppended) {
  LogRoom room(1 << 16);
  const Texts texts = some_texts(500);
  RecordLog log(room.bytes(), generation);
  write(log, texts);
  RecordLog reader(room.bytes(), generation);
  EXPECT_EQ(read_all(reader), texts);
  EXPECT_FALSE(reader.damaged());
  EXPECT_EQ(reader.used(), log.used());
}

TEST(RecordLog, EndsAtTheLastWholeRecordWhereverTheBytesEnd) {
  const Texts texts = some_texts(100);
  LogRoom whole(1 << 14);
  RecordLog log(whole.bytes(), generation);
  const Written written = write(log, texts);
  for (std::size_t cut = 0; cut <= log.used(); ++cut) {
    LogRoom room(1 << 14);
    std::memcpy(room.bytes().data(), whole.bytes().data(), cut);
    const auto complete = static_cast<std::size_t>(
        std::upper_bound(written.ends.begin(), written.ends.end(), cut) - written.ends.begin());
    const Texts read = read_room(room.bytes());
    EXPECT_TRUE(is_prefix(read, texts)) << cut;
    // Where only zeros were cut off, nothing is missing.
    EXPECT_GE(read.size(), complete) << cut;
    EXPECT_LE(read.size(), complete + 1) << cut;
  }
}

TEST(RecordLog, NoticesEveryFlippedBit) {
  const Texts texts = some_texts(60);
  LogRoom room(1 << 13);
  RecordLog log(room.bytes(), generation);
  const Written written = write(log, texts);
  for (std::size_t bit = 0; bit < log.used() * 8; ++bit) {
    const auto mask = std::byte{1} << (bit % 8);
    room.bytes()[bit / 8] ^= mask;
    RecordLog reader(room.bytes(), generation);
    const Texts read = read_all(reader);
    const auto hit = static_cast<std::size_t>(
        std::upper_bound(written.ends.begin(), written.ends.end(), bit / 8) - written.ends.begin());
    EXPECT_EQ(read.size(), hit) << bit;
    EXPECT_TRUE(is_prefix(read, texts)) << bit;
    EXPECT_TRUE(reader.damaged()) << bit;
    room.bytes()[bit / 8] ^= mask;
  }
}

TEST(RecordLog, IgnoresWhatAKilledWriterLeftAndWritesOverIt) {
  std::mt19937 random(2);
  for (int round = 0; round < 200; ++round) {
    LogRoom room(1 << 12);
    Texts texts = some_texts(10);
    RecordLog log(room.bytes(), generation);
    write(log, texts);
    // Everything but the commit word: a whole record of another log, or noise.
    const std::size_t begin = log.used() + sizeof(std::uint64_t);
    for (std::size_t at = begin; at < begin + 200; ++at) {
      room.bytes()[at] = static_cast<std::byte>(random());
    }
    RecordLog successor(room.bytes(), generation);
    EXPECT_EQ(read_all(successor), texts);
    for (const auto& text : some_texts(1 + static_cast<std::size_t>(round) % 20)) {
      EXPECT_TRUE(append(successor, text));
      texts.push_back(text);
    }
    RecordLog reader(room.bytes(), generation);
    EXPECT_EQ(read_all(reader), texts);
    EXPECT_FALSE(reader.damaged());
  }
}

// The journal's reader knows no difference.
TEST(RecordLog, WritesWhatIsOfAFixedSizeAsAnythingElse) {
  const auto write_both = [](const auto& event) {
    LogRoom room(256);
    LogRoom fixed_room(256);
    RecordLog log(room.bytes(), generation);
    RecordLog fixed_log(fixed_room.bytes(), generation);
    for (std::uint64_t number = 1; number <= 2; ++number) {
      EXPECT_TRUE(log.append([&](Encoder& e) { e(number, event); }));
      EXPECT_TRUE(fixed_log.append_fixed(number, event));
    }
    EXPECT_TRUE(std::ranges::equal(room.bytes(), fixed_room.bytes()));
  };
  write_both(event::Stop{});
  write_both(event::Cancel{RequestId{7}});
  write_both(event::Release{RequestId{7}, HandleId{8}, {Via::flock, NodeId{9}, 8}, 10});
  write_both(event::Acquire{RequestId{7}, HandleId{8}, {Via::flock, NodeId{9}, 8}});
}

TEST(RecordLog, RefusesWhatIsOfAFixedSizeAndDoesNotFit) {
  const event::Cancel event{RequestId{7}};
  for (std::size_t size = 0; size <= 256; size += sizeof(std::uint64_t)) {
    LogRoom room(size);
    LogRoom fixed_room(size);
    RecordLog log(room.bytes(), generation);
    RecordLog fixed_log(fixed_room.bytes(), generation);
    while (log.append([&](Encoder& e) { e(event); })) EXPECT_TRUE(fixed_log.append_fixed(event));
    EXPECT_FALSE(fixed_log.append_fixed(event)) << size;
    EXPECT_TRUE(std::ranges::equal(room.bytes(), fixed_room.bytes()));
  }
}

TEST(RecordLog, RefusesWhatDoesNotFitAndStaysAsItWas) {
  for (std::size_t size = 0; size <= 256; size += sizeof(std::uint64_t)) {
    LogRoom room(size);
    RecordLog log(room.bytes(), generation);
    Texts written;
    while (append(log, "0123456789")) written.push_back("0123456789");
    EXPECT_LE(log.used(), size);
    EXPECT_EQ(read_room(room.bytes()), written);
    if (append(log, "")) written.emplace_back();
    EXPECT_EQ(read_room(room.bytes()), written);
  }
}

TEST(RecordLog, KnowsRecordsOfAnotherUseOfTheRoom) {
  LogRoom room(1 << 12);
  RecordLog log(room.bytes(), generation);
  write(log, some_texts(10));
  RecordLog reader(room.bytes(), generation + 1);
  EXPECT_TRUE(reader.next().empty());
  EXPECT_TRUE(reader.damaged());
}

TEST(RecordLog, ReadsWithinAnyBytes) {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    LogRoom room(8 * (random() % 40));
    for (auto& byte : room.bytes()) byte = static_cast<std::byte>(random());
    // A size that could be true leads further than noise does.
    if (room.bytes().size() >= 8) {
      const auto size = static_cast<std::uint32_t>(random() % 400);
      std::memcpy(room.bytes().data() + 4, &size, sizeof size);
    }
    EXPECT_TRUE(read_room(room.bytes()).empty());
  }
}

}  // namespace
}  // namespace lockfs
