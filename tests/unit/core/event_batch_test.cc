// What a reader gets of the ring, in pieces of any size, from any place on.
#include "core/event_batch.h"

#include <gtest/gtest.h>

#include "tests/unit/core/plain_words.h"

namespace lockfs {
namespace {

class Batches : public testing::Test {
 protected:
  Batches() : room_(8192 / 8), ring(std::as_writable_bytes(std::span(room_))) {}

  void push(int count) {
    for (int i = 0; i < count; ++i) {
      Effects effects;
      Notice notice;
      notice.kind = NoticeKind::command;
      notice.position = ring.oldest() + ring.size();
      notice.words = effects.keep(std::string(notice.position % 17, 'x'));
      ring.push(effects.told(notice));
    }
  }
  // Reads as a descriptor does that has been read up to `last_`.
  std::string read(std::int64_t offset, std::size_t size) {
    const auto place = find_place(last_, offset, ring);
    const auto batch = EventBatch::take(ring, place, size);
    const auto cut = cut_text(place, batch.lines(plain_words, "/history"), size);
    last_ = {place, cut.next};
    return cut.text;
  }
  std::string read_all(std::int64_t offset, std::size_t size) {
    std::string all;
    for (auto text = read(offset, size); !text.empty(); text = read(offset, size)) {
      all += text;
      offset += static_cast<std::int64_t>(text.size());
    }
    return all;
  }
  void open(std::uint64_t position) { last_ = {{.position = position}}; }

 private:
  std::vector<std::uint64_t> room_;

 protected:
  EventRing ring;
  std::vector<EventPlace> last_;
};

TEST_F(Batches, GiveTheSameTextInPiecesOfAnySize) {
  open(1);
  push(10);
  const std::string all = read_all(0, 100'000);
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 11);
  for (const std::size_t size : {1U, 7U, 100U, 150U, 500U, 5000U}) {
    open(1);
    EXPECT_EQ(read_all(0, size), all) << size;
  }
}

TEST_F(Batches, GiveWholeLinesWhereOneFits) {
  open(1);
  push(10);
  std::int64_t offset = 0;
  for (auto text = read(0, 400); !text.empty(); text = read(offset, 400)) {
    EXPECT_EQ(text.back(), '\n');
    offset += static_cast<std::int64_t>(text.size());
  }
}

// As a shell does, which reads a little and seeks back to the end of the line.
TEST_F(Batches, GoOnInTheMiddleOfWhatWasReadLast) {
  open(1);
  push(5);
  const std::string all = read_all(0, 100'000);
  open(1);
  std::string lines;
  while (lines.size() < all.size()) {
    const auto offset = static_cast<std::int64_t>(lines.size());
    std::string line;
    while (line.find('\n') == std::string::npos) {
      line += read(offset + static_cast<std::int64_t>(line.size()), 128);
    }
    lines += line.substr(0, line.find('\n') + 1);
  }
  EXPECT_EQ(lines, all);
}

TEST_F(Batches, BeginAnewAtAPosition) {
  open(6);
  push(8);
  EXPECT_EQ(read_all(3, 100'000).find("{\"event\":\"start\",\"position\":3,"), 0);
  open(6);
  EXPECT_EQ(read(0, 1000).find("{\"event\":\"start\",\"position\":6,"), 0);
  // Once it was read, the beginning is all that there is.
  EXPECT_EQ(read_all(1000, 1000).find("{\"event\":\"start\",\"position\":9,"), 0);
  EXPECT_EQ(read(0, 1000).find("{\"event\":\"start\",\"position\":1,"), 0);
}

TEST_F(Batches, SayWhatIsMissing) {
  open(2);
  push(200);
  ASSERT_GT(ring.oldest(), 2);
  const std::string all = read_all(0, 100'000);
  const auto second = all.find('\n') + 1;
  EXPECT_EQ(all.substr(second, all.find('\n', second) + 1 - second),
            missed_line(2, ring.oldest() - 2));
  EXPECT_NE(all.find("\n{\"position\":" + std::to_string(ring.oldest()) + ","), std::string::npos);
}

TEST_F(Batches, AreEmptyAtTheEnd) {
  push(3);
  EXPECT_FALSE(EventBatch::take(ring, {.position = 4}, 100).empty());
  EXPECT_TRUE(EventBatch::take(ring, {.position = 4, .start = false}, 100).empty());
  EXPECT_EQ(EventBatch::take(ring, {.position = 2, .start = false}, 1000).end(), 4);
}

}  // namespace
}  // namespace lockfs
