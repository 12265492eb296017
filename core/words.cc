#include "core/words.h"

#include <limits>

#include "core/config_values.h"

namespace lockfs {
namespace {

constexpr std::string_view white = " \t\r\f\v\n";

}  // namespace

bool is_alnum(char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= 'a' && byte <= 'z');
}

std::string_view trimmed(std::string_view text, std::string_view blanks) {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::vector<std::string_view> words_of(std::string_view line, std::size_t most) {
  std::vector<std::string_view> words;
  if (line.empty() || white.find(line.front()) != std::string_view::npos) return words;
  while (!line.empty() && words.size() < most) {
    const auto end = line.find_first_of(white);
    words.push_back(line.substr(0, end));
    const auto next = line.find_first_not_of(white, end);
    line = next == std::string_view::npos ? std::string_view() : line.substr(next);
  }
  return words;
}

pid_t read_pid(std::string_view word) {
  const auto number = parse_number(word, 1, std::numeric_limits<pid_t>::max());
  return number ? static_cast<pid_t>(*number) : 0;
}

}  // namespace lockfs
