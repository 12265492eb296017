// What the kernel's bytes say of a lock.
#include "fs/lock_request.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstring>

namespace lockfs {
namespace {

constexpr std::uint64_t again = std::uint64_t{1} << 63U;

RawRequest request(std::uint32_t opcode, const fuse_lk_in& body) {
  fuse_in_header header{};
  header.len = sizeof header + sizeof body;
  header.opcode = opcode;
  header.unique = again | 42;
  header.nodeid = 64;
  header.pid = 7;
  RawRequest bytes(header.len);
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &body, sizeof body);
  return bytes;
}

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
  const auto asked = lock_request(request(FUSE_SETLKW, body));
  EXPECT_EQ(asked.unique, again | 42) << "the kernel wants to be answered by the same number";
  EXPECT_EQ(asked.node, NodeId{64});
  EXPECT_EQ(asked.handle, HandleId{3});
  EXPECT_EQ(asked.owner, (OwnerKey{Via::flock, NodeId{64}, 3}));
  EXPECT_EQ(asked.mode, Mode::exclusive);
  EXPECT_TRUE(asked.wait);
  EXPECT_EQ(asked.bytes, ByteRange{});
  EXPECT_EQ(asked.thread, 7);
  EXPECT_EQ(asked.process, 5);
}

TEST(LockRequest, OfFcntlBelongsToWhomTheKernelNamesAndIsOfItsBytes) {
  auto body = lock_of(F_RDLCK);
  body.lk.start = 10;
  body.lk.end = 19;
  const auto asked = lock_request(request(FUSE_SETLK, body));
  EXPECT_EQ(asked.owner, (OwnerKey{Via::fcntl, NodeId{64}, 99}));
  EXPECT_EQ(asked.mode, Mode::shared);
  EXPECT_FALSE(asked.wait);
  EXPECT_EQ(asked.bytes, (ByteRange{10, 19}));
}

TEST(LockRequest, CanGiveUp) {
  const auto asked = lock_request(request(FUSE_SETLK, lock_of(F_UNLCK)));
  EXPECT_EQ(asked.mode, std::nullopt);
}

}  // namespace
}  // namespace lockfs
