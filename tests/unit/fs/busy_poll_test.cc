#include "fs/busy_poll.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "fs/descriptor.h"

namespace lockfs {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    from = Descriptor(ends[0]);
    to = Descriptor(ends[1]);
  }
  Descriptor from;
  Descriptor to;
};

TEST(BusyPoll, ReturnsAlsoWhenNothingComes) {
  const Pipe pipe;
  BusyPoll poll(pipe.from.get());
  for (int i = 0; i < 1000; ++i) poll.wait();
}

TEST(BusyPoll, TakesNothingAway) {
  const Pipe pipe;
  BusyPoll poll(pipe.from.get());
  ASSERT_EQ(::write(pipe.to.get(), "x", 1), 1);
  poll.wait();
  char got = 0;
  ASSERT_EQ(::read(pipe.from.get(), &got, 1), 1);
  EXPECT_EQ(got, 'x');
}

TEST(BusyPoll, LeavesAnEndToWhoeverReads) {
  Pipe pipe;
  BusyPoll poll(pipe.from.get());
  pipe.to = Descriptor();
  poll.wait();
  char got = 0;
  EXPECT_EQ(::read(pipe.from.get(), &got, 1), 0);
}

}  // namespace
}  // namespace lockfs
