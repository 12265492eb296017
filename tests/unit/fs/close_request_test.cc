// What the kernel's bytes say of a close.
#include "fs/close_request.h"

#include <gtest/gtest.h>

#include <cstring>

namespace lockfs {
namespace {

constexpr std::uint64_t resent = std::uint64_t{1} << 63U;

template <class Body>
RawRequest closing(std::uint32_t operation, const Body& body) {
  fuse_in_header header{};
  header.len = sizeof header + sizeof body;
  header.opcode = operation;
  header.unique = resent | 42;
  header.nodeid = 64;
  header.pid = 7;
  RawRequest bytes(header.len);
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &body, sizeof body);
  return bytes;
}

void expect_all_of_it(const CloseRequest& close) {
  EXPECT_EQ(close.unique, resent | 42) << "the kernel wants to be answered by the same number";
  EXPECT_EQ(close.handle, HandleId{3});
  EXPECT_EQ(close.owner, (OwnerKey{Via::fcntl, NodeId{64}, 99}));
  EXPECT_EQ(close.thread, 7);
}

TEST(CloseRequest, OfADescriptorSaysWhoseFcntlLocksGo) {
  fuse_flush_in body{};
  body.fh = 3;
  body.lock_owner = 99;
  expect_all_of_it(close_request(closing(FUSE_FLUSH, body)));
}

TEST(CloseRequest, OfTheLastOneSaysWhichFile) {
  fuse_release_in body{};
  body.fh = 3;
  body.lock_owner = 99;
  body.flags = 1;
  expect_all_of_it(close_request(closing(FUSE_RELEASE, body)));
}

}  // namespace
}  // namespace lockfs
