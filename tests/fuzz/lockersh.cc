// What a lock server sends to lockersh: read in two pieces it says the same as in one, and is
// bounded.
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/fuzz.h"
#include "tools/compat/lockerd_lines.h"

namespace lockfs::fuzz {
namespace {

using compat::LineReader;

void take(LineReader& reader, std::vector<std::string>& lines) {
  while (const auto line = reader.next()) lines.push_back(*line);
}

std::vector<std::string> read(std::string_view first, std::string_view second) {
  LineReader reader;
  std::vector<std::string> lines;
  for (const auto piece : {first, second}) {
    require(reader.add(piece), "so little is not too much");
    take(reader, lines);
  }
  return lines;
}

void check_line(const std::string& line) {
  require(line.find('\n') == std::string::npos, "a line is one");
  const auto parsed = compat::parse_lockerd_line(line);
  require(!parsed || compat::parse_lockerd_line("  " + line + "\r"),
          "blanks around it are nothing");
  if (!parsed) return;
  if (const auto* dead = std::get_if<compat::lockerd_line::Check>(&*parsed)) {
    require(dead->pid > 0 && !dead->host.empty(), "a check is about one process of one host");
  }
}

void check(std::string_view text) {
  const auto lines = read(text, {});
  require(lines == read(text.substr(0, text.size() / 2), text.substr(text.size() / 2)),
          "the pieces make no difference");
  for (const auto& line : lines) check_line(line);
}

}  // namespace
}  // namespace lockfs::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < lockfs::compat::LineReader::max_line) {
    lockfs::fuzz::check({reinterpret_cast<const char*>(data), size});
  }
  return 0;
}
