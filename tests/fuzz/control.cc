// Control lines: what is read can be told again, and why a line is refused is short and plain.
#include <string>
#include <string_view>
#include <variant>

#include "core/command.h"
#include "core/config_values.h"
#include "core/expression.h"
#include "tests/fuzz/fuzz.h"

namespace lockfs::fuzz {
namespace {

// Of `line`, which was read as this; its first word is the command's.
void check_again(std::string_view line, const ControlLine& read) {
  const auto begin = line.find_first_not_of(" \t\r");
  const auto word = line.substr(begin, line.find_first_of(" \t\r", begin) - begin);
  std::string text = "\t" + std::string(word) + "  " + read.argument;
  if (read.unit) text += "@" + encode_address(*read.unit);
  if (read.token) text += " token=" + std::to_string(*read.token);
  text += "  " + read.reason + "\r";
  if (text.size() > max_control_write) return;  // for the blanks that were added
  const auto again = parse_control_line(text);
  const auto* same = std::get_if<ControlLine>(&again);
  require(same != nullptr && same->verb == read.verb && same->argument == read.argument &&
              same->unit == read.unit && same->token == read.token && same->reason == read.reason,
          "written out it is the same");
}

void check(std::string_view line) {
  const auto parsed = parse_control_line(line);
  if (const auto* read = std::get_if<ControlLine>(&parsed)) return check_again(line, *read);
  const auto& outcome = std::get<Outcome>(parsed);
  require(outcome.code == Code::syntax, "a line that cannot be read is a syntax error");
  require(!outcome.text.empty() && outcome.text.size() < 1000, "which is told in a sentence");
  require(is_plain_utf8(outcome.text), "in plain text");
}

}  // namespace
}  // namespace lockfs::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lockfs::fuzz::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
