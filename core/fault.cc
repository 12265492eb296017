#include "core/fault.h"

#include <algorithm>
#include <cstddef>

namespace lockfs {
namespace {

constexpr std::size_t max_quoted_bytes = 60;
constexpr std::size_t max_faults = 1000;

std::string escaped(char byte) {
  if (byte >= ' ' && byte <= '~') return {byte};
  constexpr std::string_view digits = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  return {'\\', 'x', digits[value / 16], digits[value % 16]};
}

}  // namespace

std::string to_string(const Fault& fault, std::string_view file) {
  const std::string place = fault.line > 0 ? ":" + std::to_string(fault.line) : "";
  return std::string(file) + place + ": " + fault.message;
}

std::string quote(std::string_view text) {
  std::string result = "\"";
  for (const char byte : text.substr(0, max_quoted_bytes)) result += escaped(byte);
  if (text.size() > max_quoted_bytes) result += "...";
  return result + '"';
}

void sort_and_limit(std::vector<Fault>& faults) {
  std::stable_sort(faults.begin(), faults.end(),
                   [](const Fault& a, const Fault& b) { return a.line < b.line; });
  if (faults.size() <= max_faults) return;
  const auto hidden = faults.size() - (max_faults - 1);
  faults.resize(max_faults);
  faults.back().message = "from here on " + std::to_string(hidden) + " more faults are not shown";
}

}  // namespace lockfs
