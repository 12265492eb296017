#include "fs/last_line.h"

#include <gtest/gtest.h>

namespace lockfs {
namespace {

std::string last_of(std::initializer_list<std::string_view> pieces) {
  LastLine line(8);
  for (const auto piece : pieces) line.add(piece);
  return line.text();
}

TEST(LastLine, IsTheLatestThatIsNotBlank) {
  EXPECT_EQ(last_of({}), "");
  EXPECT_EQ(last_of({"one\ntwo\n"}), "two");
  EXPECT_EQ(last_of({"one\n", "tw", "o"}), "two");
  EXPECT_EQ(last_of({"one\n\n  \r\n \t"}), "one");
  EXPECT_EQ(last_of({"10%\r20%\r"}), "20%");
}

TEST(LastLine, IsCutAtItsLimit) {
  EXPECT_EQ(last_of({std::string(100'000, 'x')}), "xxxxxxxx");
  EXPECT_EQ(last_of({std::string(100, 'x'), "\nshort\n"}), "short");
}

}  // namespace
}  // namespace lockfs
