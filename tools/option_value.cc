#include "tools/option_value.h"

#include <charconv>
#include <cmath>

#include "core/config_values.h"
#include "tools/signal_name.h"

namespace lockfs {
namespace {

constexpr double max_seconds = 100'000'000;
constexpr int max_exit_status = 255;

}  // namespace

std::string set_value(const std::string& text, std::string& value) {
  value = text;
  return "";
}

std::string set_value(const std::string& text, int& exit_status) {
  const auto number = parse_number(text, 0, max_exit_status);
  if (!number) return "an exit status, from 0 to 255";
  exit_status = static_cast<int>(*number);
  return "";
}

std::string set_value(const std::string& text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  return is_number && number > 0 ? "" : "a number from 1 on";
}

std::string set_value(const std::string& text, SignalChoice& choice) {
  const auto signal = text == "none" ? 0 : parse_signal(text);
  if (!signal) return "a signal, such as TERM, nor none";
  choice.number = *signal;
  return "";
}

std::string set_value(const std::string& text, std::optional<std::chrono::microseconds>& limit) {
  limit = parse_seconds(text);
  return limit ? "" : "a number of seconds";
}

std::optional<std::chrono::microseconds> parse_seconds(std::string_view text) {
  double seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seconds, std::chars_format::fixed);
  if (error != std::errc() || stop != end || !std::isfinite(seconds)) return std::nullopt;
  if (seconds < 0 || seconds > max_seconds) return std::nullopt;
  // Rounded up: a limit that is not zero is not to become one.
  return std::chrono::microseconds(static_cast<std::int64_t>(std::ceil(seconds * 1e6)));
}

}  // namespace lockfs
