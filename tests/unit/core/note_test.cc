// What of a written text becomes the note.
#include "core/note.h"

#include <gtest/gtest.h>

#include "core/config_values.h"

namespace lockfs {
namespace {

TEST(Note, IsTheLastLineThatIsNotBlank) {
  EXPECT_EQ(note_of("4711\n"), "4711");
  EXPECT_EQ(note_of("4711"), "4711");
  EXPECT_EQ(note_of("first\nsecond\n"), "second");
  EXPECT_EQ(note_of("first\nsecond"), "second");
  EXPECT_EQ(note_of("4711\n\n \t\r\n"), "4711");
  EXPECT_EQ(note_of("\n\nonly\n\n"), "only");
  EXPECT_EQ(note_of("  back at 15:00 \r\n"), "back at 15:00");
}

TEST(Note, IsEmptyWhereThereIsNone) {
  EXPECT_EQ(note_of(std::string(5000, '\0')), "");
  EXPECT_EQ(note_of(std::string("4711\n") + std::string(27, '\0')), "4711");
  for (const char* text : {"", "\n", " ", "\t\r\n  \n\n"}) EXPECT_EQ(note_of(text), "");
}

TEST(Note, KeepsWhateverBytesThereAre) {
  EXPECT_EQ(note_of(std::string_view("a\0b\x1b[2J\xff", 8)), std::string("a\0b\x1b[2J\xff", 8));
}

TEST(Note, IsCutAtItsLimit) {
  const std::string full(max_note_bytes, 'x');
  EXPECT_EQ(note_of(full), full);
  EXPECT_EQ(note_of(full + "y"), full);
  EXPECT_EQ(note_of(std::string(1'000'000, 'x')), full);
}

TEST(Note, IsCutBetweenCharacters) {
  const std::string two = "\xc3\xa9", three = "\xe2\x82\xac", four = "\xf0\x9f\x94\x92";
  for (const auto& character : {two, three, four}) {
    for (std::size_t before = max_note_bytes - 5; before <= max_note_bytes; ++before) {
      const std::string text = std::string(before, 'x') + character + character + character;
      const std::string note = note_of(text);
      EXPECT_LE(note.size(), max_note_bytes);
      EXPECT_GT(note.size() + character.size(), max_note_bytes);
      EXPECT_EQ(text.compare(0, note.size(), note), 0);
      EXPECT_TRUE(is_plain_utf8(note)) << before << " " << character;
    }
  }
  const std::string no_utf8(max_note_bytes + 1, '\x80');
  EXPECT_EQ(note_of(no_utf8).size(), max_note_bytes);
}

}  // namespace
}  // namespace lockfs
