// Configuration text, as far as the engine that takes it.
#include <algorithm>
#include <string>
#include <string_view>

#include "core/engine.h"
#include "core/policy.h"
#include "tests/fuzz/fuzz.h"

namespace lockfs::fuzz {
namespace {

constexpr std::size_t max_units = 1'000'000;  // of a configuration, whatever it says
constexpr std::size_t many_units = 10'000;    // to make so many with each input would be slow

void check_faults(const std::vector<Fault>& faults, int lines) {
  int last = 0;
  for (const auto& fault : faults) {
    require(fault.line >= last && fault.line <= lines, "faults stand in order, in the file");
    require(!fault.message.empty(), "a fault says what is wrong");
    last = fault.line;
  }
}

std::size_t count_units(const Config& config) {
  std::size_t count = 0;
  for (const auto& lock : config.locks) count += lock.units.value_or(1);
  return count;
}

// The same file as another editor writes it.
void check_line_ends(std::string_view text, const ParsedConfig& parsed) {
  std::string other;
  for (const char byte : text) other += byte == '\n' ? std::string("\r\n") : std::string(1, byte);
  const auto again = parse_config(other);
  require(again.errors == parsed.errors, "CRLF ends a line as LF does");
  require(again.warnings == parsed.warnings, "CRLF ends a line as LF does");
}

void check(std::string_view text) {
  const auto parsed = parse_config(text);
  const auto lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  check_faults(parsed.errors, lines);
  check_faults(parsed.warnings, lines);
  if (text.find('\r') == std::string_view::npos) check_line_ends(text, parsed);
  const std::size_t units = count_units(parsed.config);
  require(units <= max_units + parsed.config.locks.size(), "memory is bounded");
  if (units > many_units) return;
  // Accounts that are not there admit nobody.
  const auto resolved = resolve_policy(parsed.config, Accounts{}, true);
  check_faults(resolved.warnings, lines);
  if (!parsed.errors.empty()) return;
  const Engine engine(resolved.policy, 0);
  engine.check();
  require(engine.locks().locks().size() == resolved.policy.locks.size(), "a section is a lock");
}

}  // namespace
}  // namespace lockfs::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lockfs::fuzz::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
