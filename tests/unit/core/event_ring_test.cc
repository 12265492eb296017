// The ring of the latest notices: what it keeps, what it gives up, and what a killed writer leaves.
#include "core/event_ring.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

namespace lockfs {
namespace {

// Room that outlives the rings made in it.
class Room {
 public:
  explicit Room(std::size_t size) : words_(size / 8) {}
  std::span<std::byte> bytes() { return std::as_writable_bytes(std::span(words_)); }

 private:
  std::vector<std::uint64_t> words_;
};

std::string words_of(std::uint64_t position) {
  return std::string(position * 7 % 60, 'w') + std::to_string(position);
}

void push(EventRing& ring, std::uint64_t position) {
  Effects effects;
  Notice notice;
  notice.kind = NoticeKind::command;
  notice.position = position;
  notice.units = effects.keep("deploy deploy\n");
  effects.keep("somebody else's");
  notice.words = effects.keep(words_of(position));
  ring.push(effects.told(notice));
}

void expect_whole(const EventRing& ring) {
  if (ring.empty()) return;
  for (auto position = ring.oldest(); position <= ring.newest(); ++position) {
    const EventRecord record = ring.at(position);
    ASSERT_EQ(record.notice.position, position);
    ASSERT_EQ(record.told().lock(), "deploy");
    ASSERT_EQ(record.told().of(record.notice.words), words_of(position));
  }
}

TEST(EventRing, KeepsTheLatest) {
  Room room(8192);
  EventRing ring(room.bytes());
  EXPECT_TRUE(ring.empty());
  for (std::uint64_t position = 1; position <= 1000; ++position) {
    push(ring, position);
    ASSERT_EQ(ring.newest(), position);
    expect_whole(ring);
  }
  EXPECT_GT(ring.oldest(), 900);
  EXPECT_LT(ring.oldest(), 980);
}

TEST(EventRing, IsThereForASuccessor) {
  Room room(8192);
  std::uint64_t position = 0;
  for (int successor = 0; successor < 200; ++successor) {
    EventRing ring(room.bytes());
    if (position > 0) {
      ASSERT_EQ(ring.newest(), position);
    }
    expect_whole(ring);
    for (int i = 0; i < successor % 13 + 1; ++i) push(ring, ++position);
    ring.set_place(position - 1);
  }
  EXPECT_EQ(EventRing(room.bytes()).place(), position - 1);
}

TEST(EventRing, ForgetsWhatNeverHappened) {
  Room room(8192);
  EventRing ring(room.bytes());
  for (std::uint64_t position = 1; position <= 10; ++position) push(ring, position);
  ring.set_place(9);
  ring.truncate(7);
  EXPECT_EQ(ring.newest(), 7);
  EXPECT_EQ(ring.place(), 7);
  push(ring, 8);
  expect_whole(ring);
  EXPECT_EQ(ring.newest(), 8);
  ring.truncate(0);
  EXPECT_TRUE(ring.empty());
  EXPECT_EQ(ring.oldest(), 1);
}

TEST(EventRing, BeginsAnewAtAGap) {
  Room room(8192);
  EventRing ring(room.bytes());
  for (std::uint64_t position = 1; position <= 10; ++position) push(ring, position);
  push(ring, 12);
  EXPECT_EQ(ring.oldest(), 12);
  EXPECT_EQ(ring.newest(), 12);
  expect_whole(ring);
}

TEST(EventRing, CutsTextsThatAreTooLong) {
  Room room(1U << 20U);
  EventRing ring(room.bytes());
  Effects effects;
  Notice notice;
  notice.position = 1;
  notice.words = effects.keep(std::string(100'000, 'x'));
  ring.push(effects.told(notice));
  const EventRecord record = ring.at(1);
  EXPECT_EQ(record.told().of(record.notice.words), std::string(32U << 10U, 'x'));
}

// A writer that is killed at any instruction leaves a state between two stores; here every byte of
// what it was writing may or may not be there.
TEST(EventRing, SurvivesAWriterThatWasKilled) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    Room before(4096);
    EventRing ring(before.bytes());
    const std::uint64_t last = 20 + random() % 60;
    for (std::uint64_t position = 1; position <= last; ++position) push(ring, position);
    Room after(4096);
    std::memcpy(after.bytes().data(), before.bytes().data(), before.bytes().size());
    EventRing next(after.bytes());
    push(next, last + 1);
    // `begin` was moved; some of the record is there; `end` was not moved.
    constexpr std::size_t begin_word = 16;
    constexpr std::size_t header = 32;
    std::memcpy(before.bytes().data() + begin_word, after.bytes().data() + begin_word, 8);
    for (std::size_t i = header; i < before.bytes().size(); ++i) {
      if (random() % 2 == 0) before.bytes()[i] = after.bytes()[i];
    }
    EventRing successor(before.bytes());
    ASSERT_EQ(successor.newest(), last);
    expect_whole(successor);
  }
}

TEST(EventRing, BelievesNothing) {
  std::mt19937 random(2);
  for (int round = 0; round < 2000; ++round) {
    Room room(4096);
    {
      EventRing ring(room.bytes());
      for (std::uint64_t position = 1; position <= 50; ++position) push(ring, position);
    }
    for (int i = 0; i < 4; ++i) {
      room.bytes()[8 + random() % (i < 2 ? 24 : 4088)] = std::byte(random());
    }
    EventRing ring(room.bytes());
    if (!ring.empty()) {
      for (auto position = ring.oldest(); position <= ring.newest(); ++position) {
        const EventRecord record = ring.at(position);
        EXPECT_LE(record.told().of(record.notice.words).size(), 4096);
      }
    }
    ring.truncate(50);
    push(ring, 51);
    EXPECT_EQ(ring.newest(), 51);
  }
}

}  // namespace
}  // namespace lockfs
