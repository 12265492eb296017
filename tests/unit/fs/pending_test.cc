// Requests that libfuse has not seen: answered by the number that they came with.
#include "fs/pending.h"

#include <gtest/gtest.h>
#include <linux/fuse.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "fs/descriptor.h"
#include "fs/lock_request.h"

namespace lockfs {
namespace {

class PendingTest : public testing::Test {
 protected:
  PendingTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends.data()), 0);
    kernel = Descriptor(ends[0]);
    fuse = Descriptor(ends[1]);
    pending.answer_to(fuse.get());
  }

  // The next answer's number and errno; zeros if there is none.
  std::pair<std::uint64_t, int> answered() const {
    fuse_out_header answer{};
    const auto size = ::recv(kernel.get(), &answer, sizeof answer, MSG_TRUNC);
    if (size < 0) return {0, 0};
    EXPECT_EQ(size, static_cast<ssize_t>(sizeof answer));
    EXPECT_EQ(answer.len, sizeof answer);
    return {answer.unique, -answer.error};
  }

  static constexpr std::uint64_t again = std::uint64_t{1} << 63U;  // it was sent again
  using Answered = std::pair<std::uint64_t, int>;
  Descriptor kernel;
  Descriptor fuse;
  Pending pending;
};

TEST_F(PendingTest, ALockIsAnsweredByTheNumberAsItCame) {
  pending.add_status(RequestId{2}, again | 2);
  EXPECT_TRUE(pending.contains(RequestId{2}));
  EXPECT_TRUE(pending.deliver({.id = RequestId{2}, .token = 1}, nullptr));
  EXPECT_EQ(answered(), (Answered{again | 2, 0}));
  EXPECT_FALSE(pending.contains(RequestId{2}));
}

TEST_F(PendingTest, EachGetsItsOwnAnswerHoweverLate) {
  for (std::uint64_t id = 2; id <= 6; id += 2) pending.add_status(RequestId{id}, id);
  EXPECT_TRUE(pending.deliver({.id = RequestId{4}, .reason = Reason::interrupted}, nullptr));
  EXPECT_EQ(answered(), (Answered{4, EINTR}));
  pending.fail(RequestId{4}, EIO);
  EXPECT_EQ(answered(), (Answered{0, 0})) << "it was answered";
  pending.fail(RequestId{2}, EAGAIN);
  EXPECT_EQ(answered(), (Answered{2, EAGAIN}));
  pending.fail_all(ECANCELED);
  EXPECT_EQ(answered(), (Answered{6, ECANCELED}));
  EXPECT_FALSE(pending.contains(RequestId{6}));
}

TEST_F(PendingTest, WhoAsksIsToldTheLockInTheWay) {
  pending.add_status(RequestId{2}, again | 2);
  pending.tell_lock(RequestId{2}, {0, 9, 1, 77});
  LockAnswer answer{};
  ASSERT_EQ(::recv(kernel.get(), &answer, sizeof answer, MSG_TRUNC), ssize_t{sizeof answer});
  EXPECT_EQ(answer.header.len, sizeof answer);
  EXPECT_EQ(answer.header.error, 0);
  EXPECT_EQ(answer.header.unique, again | 2);
  EXPECT_EQ(answer.body.lk.end, 9U);
  EXPECT_EQ(answer.body.lk.pid, 77U);
  pending.tell_lock(RequestId{2}, {});
  EXPECT_EQ(answered(), (Answered{0, 0})) << "it was answered";
}

TEST_F(PendingTest, WhoIsNotThereAnyMoreIsNotAnError) {
  EXPECT_TRUE(pending.deliver({.id = RequestId{2}}, nullptr)) << "answered before";
  pending.fail(RequestId{2}, EIO);
  EXPECT_EQ(answered(), (Answered{0, 0}));
}

}  // namespace
}  // namespace lockfs
