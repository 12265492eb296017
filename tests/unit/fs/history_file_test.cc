// The history's file: what is found in it is neither lost nor written twice.
#include "fs/history_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace lockfs {
namespace {

using Lines = std::vector<std::string>;

class HistoryFiles : public testing::Test {
 protected:
  HistoryFiles() {
    std::string pattern = testing::TempDir() + "lockfs-history-XXXXXX";
    folder = ::mkdtemp(pattern.data());
    path = folder + "/history";
  }
  ~HistoryFiles() override { std::filesystem::remove_all(folder); }

  std::string text(const std::string& name = "history") const {
    std::ostringstream all;
    all << std::ifstream(folder + "/" + name).rdbuf();
    return all.str();
  }
  void put(const std::string& content) const { std::ofstream(path) << content; }
  void write(const Lines& lines, std::size_t bytes = 1000) const {
    HistoryFile file(path, bytes);
    std::string error;
    EXPECT_TRUE(file.write(lines, error)) << error;
  }

  std::string folder;
  std::string path;
};

TEST_F(HistoryFiles, GoesOnBehindWhatIsThere) {
  write({"one\n", "two\n"});
  write({"three\n"});
  EXPECT_EQ(text(), "one\ntwo\nthree\n");
}

TEST_F(HistoryFiles, WritesNoLineTwice) {
  put("one\ntwo\n");
  write({"one\n", "two\n", "three\n"});
  EXPECT_EQ(text(), "one\ntwo\nthree\n");
}

TEST_F(HistoryFiles, TakesOffHalfALine) {
  put("one\ntw");
  write({"one\n", "two\n"});
  EXPECT_EQ(text(), "one\ntwo\n");
  put("on");
  write({"one\n"});
  EXPECT_EQ(text(), "one\n");
}

TEST_F(HistoryFiles, IsSetAsideWhenItIsLarge) {
  HistoryFile file(path, 10);
  std::string error;
  for (const char* line : {"11111\n", "22222\n", "33333\n"}) {
    EXPECT_TRUE(file.write({line}, error)) << error;
  }
  EXPECT_EQ(text(), "33333\n");
  EXPECT_EQ(text("history.1"), "22222\n");
  EXPECT_EQ(text("history.2"), "11111\n");
}

TEST_F(HistoryFiles, SaysWhyItCannotBeWritten) {
  HistoryFile file("/proc/none/history");
  std::string error;
  EXPECT_FALSE(file.write({"one\n"}, error));
  EXPECT_NE(error.find("/proc/none/history"), std::string::npos) << error;
  EXPECT_FALSE(file.write({"one\n"}, error));
}

}  // namespace
}  // namespace lockfs
