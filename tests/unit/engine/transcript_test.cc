// The engine's behaviour as transcripts that a user could review: transcripts/*.txt, in the format
// of transcript.h. LOCKFS_TEST_REWRITE=1 writes what came out into the files.
#include "tests/unit/engine/transcript.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace lockfs {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> transcripts() {
  std::vector<std::string> names;
  for (const auto& entry :
       fs::directory_iterator(fs::path(TEST_SOURCE_DIR) / "unit/engine/transcripts")) {
    if (entry.path().extension() == ".txt") names.push_back(entry.path().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class Transcripts : public testing::TestWithParam<std::string> {};

TEST_P(Transcripts, ComeOutAsWritten) {
  const std::string text = read(GetParam());
  const std::string played = play_transcript(text);
  if (std::getenv("LOCKFS_TEST_REWRITE") != nullptr) {
    std::ofstream(GetParam()) << played;
    return;
  }
  EXPECT_EQ(played, text) << GetParam();
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  return fs::path(info.param).stem().string();
}

INSTANTIATE_TEST_SUITE_P(Engine, Transcripts, testing::ValuesIn(transcripts()), test_name);

}  // namespace
}  // namespace lockfs
