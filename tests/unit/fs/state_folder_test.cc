// The state folder: what is read is what was written or nothing, and tokens only grow whatever
// becomes of the disk.
#include "fs/state_folder.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace lockfs {
namespace {

constexpr WallTime now = 1'795'000'000'000'000'000;  // in 2026
constexpr Token clock_floor = now / 1000;

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

class StateFolder : public testing::Test {
 protected:
  StateFolder() {
    char name[] = "/tmp/lockfs-state-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~StateFolder() override {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  bool mount_small_disk(unsigned long flags = 0) {
    mounted_ = ::mount("none", folder_.c_str(), "tmpfs", flags, "size=16k,nr_inodes=20") == 0;
    return mounted_;
  }
  void fill_disk() const {
    std::ofstream file(folder_ + "/filler");
    for (int i = 0; i < 64 && file; ++i) file << std::string(4096, 'x') << std::flush;
  }
  std::string file() const { return state_file(folder_, "/mnt/locks"); }

  std::string folder_;
  bool mounted_ = false;
};

TEST(StateText, ComesBackWithWhatItDoesNotKnow) {
  const State state{12'000'000, {"offline burchtest 192.168.124.56 0 PSU_dead", "drain x"}};
  EXPECT_EQ(parse_state(state_to_text(state)), state);
  EXPECT_EQ(parse_state(state_to_text({})), State{});
}

TEST(StateText, ComesBackWithTheMarks) {
  const State state{1,
                    {"colour green"},
                    {{"board", "/dev/ttyUSB0", {1001, now, "PSU dead, \x01 50 %"}},
                     {"board", "10.0.0.1", {0, 0, ""}},
                     {"deploy", std::nullopt, {0, now, "moving house"}}}};
  EXPECT_EQ(parse_state(state_to_text(state)), state);
}

TEST(StateText, KeepsMarksOfALaterVersionAsTheyAre) {
  for (const char* line : {"offline board 0 0", "drain board@x 0 0", "drain board", "drain b x 0",
                           "drain b 0 -", "drain b 0 0 %zz", "offline b@ 0 0", "drain ../b 0 0"}) {
    EXPECT_EQ(parse_state(state_to_text({1, {line}})), (State{1, {line}})) << line;
  }
}

TEST(StateText, IsNoneAtEveryTruncation) {
  const std::string text = state_to_text({12'000'000, {"drain x"}});
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(parse_state(text.substr(0, size)), std::nullopt) << size;
  }
}

TEST(StateText, IsNoneWithAnyBitFlipped) {
  const std::string text = state_to_text({12'000'000, {"drain x"}});
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string flipped = text;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(parse_state(flipped), std::nullopt) << bit;
  }
}

TEST(StateText, BelievesNoTokenThatCannotBe) {
  EXPECT_NE(parse_state(state_to_text({max_token, {}})), std::nullopt);
  EXPECT_EQ(parse_state(state_to_text({max_token + 1, {}})), std::nullopt);
  EXPECT_EQ(parse_state(state_to_text({0, {"token x"}})), std::nullopt);
}

TEST(StateText, NamesAFileForEachMountPoint) {
  EXPECT_EQ(state_file_name("/mnt/locks"), "mnt-locks.state");
  EXPECT_EQ(state_file_name("/mnt-locks"), "mnt%2dlocks.state");
  EXPECT_EQ(state_file_name("/srv/a b/\xC3\xA9"), "srv-a%20b-%c3%a9.state");
  EXPECT_EQ(state_file_name("/"), "-.state");
  const std::string deep = "/" + std::string(4000, 'd');
  EXPECT_LE(state_file_name(deep + "a").size(), 255U);
  EXPECT_NE(state_file_name("/a" + deep), state_file_name("/b" + deep));
}

TEST_F(StateFolder, EachStartGoesOnAboveTheOneBefore) {
  EXPECT_EQ(start_tokens(file(), now).last_token, 0U);
  EXPECT_EQ(start_tokens(file(), now).last_token, token_block);
  const auto reserved = reserve_tokens(file(), token_block + 600'000);
  EXPECT_EQ(reserved.mark, 2 * token_block + 600'000);
  EXPECT_EQ(start_tokens(file(), now).last_token, reserved.mark);
}

TEST_F(StateFolder, TheMarkNeverGoesDown) {
  EXPECT_EQ(reserve_tokens(file(), 5'000'000).mark, 6'000'000U);
  EXPECT_EQ(reserve_tokens(file(), 1).mark, 6'000'000U);
}

TEST_F(StateFolder, IsMadeWhereThereIsNone) {
  const std::string deep = state_file(folder_ + "/a/b", "/mnt");
  EXPECT_EQ(start_tokens(deep, now).trouble, "");
  EXPECT_EQ(start_tokens(deep, now).last_token, token_block);
}

TEST_F(StateFolder, KeepsLinesOfALaterVersion) {
  write_file(file(), state_to_text({7, {"drain x"}}));
  EXPECT_EQ(start_tokens(file(), now).last_token, 7U);
  EXPECT_EQ(parse_state(read_file(file())), (State{7 + token_block, {"drain x"}}));
}

TEST_F(StateFolder, KeepsMarksOverStartsAndReservations) {
  const std::vector<PlacedMark> marks = {{"board", "x", {1001, now, "PSU dead"}},
                                         {"board", "y", {0, now, "check: no pong", true}},
                                         {"deploy", std::nullopt, {0, now, ""}}};
  EXPECT_EQ(start_tokens(file(), now).marks, std::vector<PlacedMark>());
  EXPECT_EQ(write_marks(file(), 7, marks), "");
  reserve_tokens(file(), 7);
  EXPECT_EQ(start_tokens(file(), now).marks, marks);
  EXPECT_EQ(parse_state(read_file(file()))->token_mark, 2 * token_block + 7);
  EXPECT_EQ(write_marks(file(), 7, {}), "");
  EXPECT_EQ(start_tokens(file(), now).marks, std::vector<PlacedMark>());
}

TEST_F(StateFolder, SaysThatMarksCannotBeWritten) {
  write_file(folder_ + "/state", "");
  const std::string in_the_way = state_file(folder_ + "/state", "/mnt/locks");
  EXPECT_NE(write_marks(in_the_way, 7, {{"a", std::nullopt, {}}}), "");
}

TEST_F(StateFolder, SetsADamagedFileAside) {
  write_file(file(), "rubbish");
  const auto reserved = start_tokens(file(), now);
  EXPECT_EQ(reserved.last_token, clock_floor);
  EXPECT_EQ(reserved.mark, clock_floor + token_block);
  EXPECT_EQ(reserved.trouble, file() + " is damaged: set aside as " + file() + ".damaged");
  EXPECT_EQ(read_file(file() + ".damaged"), "rubbish");
  EXPECT_EQ(start_tokens(file(), now).last_token, clock_floor + token_block);
}

TEST_F(StateFolder, GoesOnWithTheDiskFull) {
  if (!mount_small_disk()) GTEST_SKIP() << "only root can mount a small disk";
  EXPECT_EQ(start_tokens(file(), now).last_token, 0U);
  fill_disk();
  const auto reserved = reserve_tokens(file(), 900'000);
  EXPECT_EQ(reserved.mark, 0U);
  EXPECT_NE(reserved.trouble.find("No space left on device"), std::string::npos);
  EXPECT_EQ(parse_state(read_file(file())), (State{token_block, {}}));
  EXPECT_EQ(start_tokens(file(), now).last_token, clock_floor);
  std::filesystem::remove(folder_ + "/filler");
  EXPECT_EQ(reserve_tokens(file(), clock_floor + 5).mark, clock_floor + 5 + token_block);
}

TEST_F(StateFolder, GoesOnWithAReadOnlyDisk) {
  if (!mount_small_disk()) GTEST_SKIP() << "only root can mount a small disk";
  EXPECT_EQ(start_tokens(file(), now).mark, token_block);
  ASSERT_EQ(::mount("none", folder_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr), 0);
  const auto reserved = start_tokens(file(), now);
  EXPECT_EQ(reserved.last_token, clock_floor);
  EXPECT_EQ(reserved.mark, 0U);
  EXPECT_NE(reserved.trouble.find("Read-only file system"), std::string::npos);
}

TEST_F(StateFolder, GoesOnWhereTheFolderIsAFile) {
  write_file(folder_ + "/file", "");
  const auto reserved = start_tokens(state_file(folder_ + "/file", "/mnt"), now);
  EXPECT_EQ(reserved.last_token, clock_floor);
  EXPECT_NE(reserved.trouble.find("Not a directory"), std::string::npos);
}

TEST_F(StateFolder, StaysBelowTheLargestToken) {
  write_file(file(), state_to_text({max_token - 10, {}}));
  EXPECT_EQ(start_tokens(file(), now).mark, max_token);
}

}  // namespace
}  // namespace lockfs
