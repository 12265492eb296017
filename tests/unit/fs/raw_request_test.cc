// Requests as bytes: which are whole, so that libfuse may have them.
#include "fs/raw_request.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>

#include "tests/unit/fs/raw_requests.h"

namespace lockfs {
namespace {

TEST(RawRequest, IsWholeWithAllThatItsOperationNeeds) {
  const std::string end(1, '\0');
  fuse_write_in write{};
  write.size = 3;
  const std::pair<std::uint32_t, std::string> whole[] = {
      {FUSE_STATFS, ""},
      {FUSE_LOOKUP, "deploy" + end},
      {FUSE_RENAME2, bytes_of(fuse_rename2_in{}) + "a" + end + "b" + end},
      {FUSE_CREATE, bytes_of(fuse_create_in{}) + "a" + end},
      {FUSE_SETLKW, bytes_of(fuse_lk_in{})},
      {FUSE_WRITE, bytes_of(write) + "abc"},
      {FUSE_BATCH_FORGET, bytes_of(fuse_batch_forget_in{1, 0}) + bytes_of(fuse_forget_one{})}};
  for (const auto& [opcode, body] : whole) {
    EXPECT_TRUE(is_whole(raw_request_of(opcode, body))) << opcode;
    if (body.empty()) continue;
    EXPECT_FALSE(is_whole(raw_request_of(opcode, body.substr(0, body.size() - 1)))) << opcode;
    auto longer = raw_request_of(opcode, body);
    longer.push_back(std::byte{});
    EXPECT_FALSE(is_whole(longer)) << "its length is a lie, operation " << opcode;
  }
  EXPECT_FALSE(is_whole({}));
}

TEST(RawRequest, AsksForALockOfAKnownKindAndOfBytesThatThereCanBe) {
  const auto whole = [](std::uint32_t type, std::uint64_t first, std::uint64_t last) {
    fuse_lk_in body{};
    body.lk = {first, last, type, 0};
    return is_whole(raw_request_of(FUSE_SETLK, bytes_of(body)));
  };
  constexpr std::uint64_t end = std::numeric_limits<std::int64_t>::max();
  for (const auto type : {F_RDLCK, F_WRLCK, F_UNLCK}) {
    EXPECT_TRUE(whole(static_cast<std::uint32_t>(type), 0, end)) << type;
  }
  EXPECT_TRUE(whole(F_WRLCK, 5, 5));
  EXPECT_FALSE(whole(F_WRLCK, 6, 5));
  EXPECT_FALSE(whole(F_WRLCK, 0, end + 1));
  EXPECT_FALSE(whole(0xffff, 0, end));
}

TEST(RawRequest, ReadsAndWritesNothingBeforeAFile) {
  fuse_read_in read{};
  fuse_write_in write{};
  EXPECT_TRUE(is_whole(raw_request_of(FUSE_READDIR, bytes_of(read))));
  read.offset = write.offset = std::uint64_t{1} << 63U;
  for (const auto opcode : {FUSE_READ, FUSE_READDIR, FUSE_READDIRPLUS}) {
    EXPECT_FALSE(is_whole(raw_request_of(opcode, bytes_of(read)))) << opcode;
  }
  EXPECT_FALSE(is_whole(raw_request_of(FUSE_WRITE, bytes_of(write))));
}

TEST(RawRequest, SaysWhatItInterrupts) {
  const std::uint64_t came_again = std::uint64_t{1} << 63U;
  EXPECT_EQ(
      interrupted_by(raw_request_of(FUSE_INTERRUPT, bytes_of(fuse_interrupt_in{came_again | 6}))),
      RequestId{6});
  EXPECT_EQ(interrupted_by(raw_request_of(FUSE_STATFS, "12345678")), RequestId::none);
}

}  // namespace
}  // namespace lockfs
