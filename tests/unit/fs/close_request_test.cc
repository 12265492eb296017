// What the kernel's bytes say of a close.
#include "fs/close_request.h"

#include <gtest/gtest.h>

#include "tests/unit/fs/raw_requests.h"

namespace lockfs {
namespace {

void expect_all_of_it(const CloseRequest& close) {
  EXPECT_EQ(close.unique, sent_number) << "the kernel wants to be answered by the same number";
  EXPECT_EQ(close.handle, HandleId{3});
  EXPECT_EQ(close.owner, (OwnerKey{Via::fcntl, sent_node, 99}));
  EXPECT_EQ(close.thread, sent_by);
}

TEST(CloseRequest, OfADescriptorSaysWhoseFcntlLocksGo) {
  fuse_flush_in body{};
  body.fh = 3;
  body.lock_owner = 99;
  expect_all_of_it(close_request(raw_request_of(FUSE_FLUSH, bytes_of(body))));
}

TEST(CloseRequest, OfTheLastOneSaysWhichFile) {
  fuse_release_in body{};
  body.fh = 3;
  body.lock_owner = 99;
  body.flags = 1;
  expect_all_of_it(close_request(raw_request_of(FUSE_RELEASE, bytes_of(body))));
}

}  // namespace
}  // namespace lockfs
