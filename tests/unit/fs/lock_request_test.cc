// What the kernel's bytes say of a lock.
#include "fs/lock_request.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "tests/unit/fs/raw_requests.h"

namespace lockfs {
namespace {

fuse_lk_in lock_of(std::uint32_t type) {
  fuse_lk_in body{};
  body.fh = 3;
  body.owner = 99;
  body.lk.end = ByteRange{}.last;
  body.lk.type = type;
  body.lk.pid = 5;
  return body;
}

TEST(LockRequest, OfFlockBelongsToTheDescriptorAndIsOfTheWholeFile) {
  auto body = lock_of(F_WRLCK);
  body.lk_flags = FUSE_LK_FLOCK;
  const auto asked = lock_request(raw_request_of(FUSE_SETLKW, bytes_of(body)));
  EXPECT_EQ(asked.unique, sent_number) << "the kernel wants to be answered by the same number";
  EXPECT_EQ(asked.node, sent_node);
  EXPECT_EQ(asked.handle, HandleId{3});
  EXPECT_EQ(asked.owner, (OwnerKey{Via::flock, sent_node, 3}));
  EXPECT_EQ(asked.mode, Mode::exclusive);
  EXPECT_TRUE(asked.wait);
  EXPECT_EQ(asked.bytes, ByteRange{});
  EXPECT_EQ(asked.thread, sent_by);
  EXPECT_EQ(asked.process, 5);
}

TEST(LockRequest, OfFcntlBelongsToWhomTheKernelNamesAndIsOfItsBytes) {
  auto body = lock_of(F_RDLCK);
  body.lk.start = 10;
  body.lk.end = 19;
  const auto asked = lock_request(raw_request_of(FUSE_SETLK, bytes_of(body)));
  EXPECT_EQ(asked.owner, (OwnerKey{Via::fcntl, sent_node, 99}));
  EXPECT_EQ(asked.mode, Mode::shared);
  EXPECT_FALSE(asked.wait);
  EXPECT_EQ(asked.bytes, (ByteRange{10, 19}));
}

TEST(LockRequest, CanGiveUp) {
  const auto asked = lock_request(raw_request_of(FUSE_SETLK, bytes_of(lock_of(F_UNLCK))));
  EXPECT_EQ(asked.mode, std::nullopt);
}

TEST(LockRequest, ThatOnlyAsksIsByTheThread) {
  const auto asked = lock_request(raw_request_of(FUSE_GETLK, bytes_of(lock_of(F_WRLCK))));
  EXPECT_EQ(asked.mode, Mode::exclusive);
  EXPECT_FALSE(asked.wait);
  EXPECT_EQ(asked.process, sent_by) << "the kernel names no other";
}

}  // namespace
}  // namespace lockfs
