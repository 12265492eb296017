#include "tools/signal_name.h"

#include <csignal>
#include <cstring>

#include "core/config_values.h"

namespace lockfs {

std::optional<int> parse_signal(std::string_view text) {
  if (text.starts_with("SIG")) text.remove_prefix(3);
  if (const auto number = parse_number(text, 1, NSIG - 1)) return static_cast<int>(*number);
  for (int number = 1; number < NSIG; ++number) {
    const char* const name = ::sigabbrev_np(number);
    if (name != nullptr && text == name) return number;
  }
  return std::nullopt;
}

std::string signal_name(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name == nullptr ? "signal " + std::to_string(signal) : "SIG" + std::string(name);
}

}  // namespace lockfs
