// Who has a descriptor whose opener is gone.
#include "fs/inheritors.h"

#include <gtest/gtest.h>

namespace lockfs {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr ino_t deploy = 64, board = 65;

OpenedFile open(std::uint64_t handle, pid_t opener, int at, ino_t inode = deploy) {
  return {HandleId{handle}, inode, at * second, opener};
}

// A process with that file, and those it descends from.
OpenFile has(pid_t pid, int started, std::vector<pid_t> ancestors = {1}, int descriptors = 1,
             ino_t inode = deploy) {
  OpenFile file{inode, {pid, ancestors.front(), started * second}, {pid}, descriptors};
  file.family.insert(file.family.end(), ancestors.begin(), ancestors.end());
  return file;
}

// The heir of a handle; 0 if there is none.
pid_t heir(const std::map<HandleId, Inheritor>& found, std::uint64_t handle) {
  const auto entry = found.find(HandleId{handle});
  return entry == found.end() ? 0 : entry->second.process.pid;
}

TEST(Inheritors, IsWhoHasTheFileAndDidNotOpenIt) {
  const auto found = find_inheritors({open(1, 0, 10), open(2, 30, 12)}, {has(20, 11), has(30, 5)});
  EXPECT_EQ(heir(found, 1), 20);
  EXPECT_TRUE(found.at(HandleId{1}).inherited);
  EXPECT_EQ(found.size(), 1U) << "the other's opener lives";
}

TEST(Inheritors, MayHaveOpenedItOnceMore) {
  const auto found = find_inheritors({open(1, 0, 10), open(2, 20, 12)}, {has(20, 11, {1}, 2)});
  EXPECT_EQ(heir(found, 1), 20);
  EXPECT_EQ(found.size(), 1U);
}

TEST(Inheritors, IsNobodyWhereNobodyIsLeft) {
  EXPECT_TRUE(find_inheritors({open(1, 0, 10)}, {}).empty());
  EXPECT_TRUE(find_inheritors({open(1, 0, 10)}, {has(20, 11, {1}, 1, board)}).empty());
  EXPECT_TRUE(find_inheritors({}, {has(20, 11)}).empty());
}

TEST(Inheritors, IsNotWhoHasItFromAnOpenerThatLives) {
  const auto found = find_inheritors({open(1, 0, 10), open(2, 30, 12)},
                                     {has(30, 5), has(31, 13, {30, 1}), has(32, 14, {31, 30, 1})});
  EXPECT_TRUE(found.empty());
}

TEST(Inheritors, IsTheEldestOfAFamily) {
  const auto found =
      find_inheritors({open(1, 0, 10)}, {has(22, 13, {21, 20, 1}), has(20, 11), has(21, 12, {20})});
  EXPECT_EQ(heir(found, 1), 20);
}

TEST(Inheritors, AreToldApartByWhenTheyWereStarted) {
  const auto found = find_inheritors({open(2, 0, 20), open(1, 0, 10)}, {has(40, 21), has(30, 11)});
  EXPECT_EQ(heir(found, 1), 30);
  EXPECT_EQ(heir(found, 2), 40);
}

TEST(Inheritors, HaveAsManyOpensAsDescriptors) {
  const auto found =
      find_inheritors({open(1, 0, 10), open(2, 0, 11), open(3, 0, 12)}, {has(30, 13, {1}, 2)});
  EXPECT_EQ(heir(found, 1), 30);
  EXPECT_EQ(heir(found, 2), 30);
  EXPECT_EQ(heir(found, 3), 0);
}

TEST(Inheritors, AreOfTheSameFile) {
  const auto found = find_inheritors({open(1, 0, 10), open(2, 0, 10, board)},
                                     {has(30, 11), has(31, 12, {1}, 1, board)});
  EXPECT_EQ(heir(found, 1), 30);
  EXPECT_EQ(heir(found, 2), 31);
}

// The start of a process is known to 10 ms only.
TEST(Inheritors, MayBeStartedInTheSameTick) {
  OpenFile file = has(30, 10);
  file.process.started -= 5'000'000;
  const auto found = find_inheritors({open(1, 0, 10)}, {file});
  EXPECT_EQ(heir(found, 1), 30);
  EXPECT_TRUE(found.at(HandleId{1}).inherited);
}

// One of its threads opened the file, and has ended.
TEST(Inheritors, WhoWasThereBeforeOpenedItItself) {
  const auto found = find_inheritors({open(1, 0, 10)}, {has(30, 5)});
  EXPECT_EQ(heir(found, 1), 30);
  EXPECT_FALSE(found.at(HandleId{1}).inherited);
}

}  // namespace
}  // namespace lockfs
