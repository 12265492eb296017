#include "tools/moment.h"

#include <array>
#include <charconv>
#include <ctime>
#include <string>

#include "core/config.h"

namespace lockfs {
namespace {

constexpr WallTime nanoseconds = 1'000'000'000;

// What of `text` is behind so much of it as `pattern` describes (strptime(3)); nothing if it does
// not.
std::optional<std::string_view> scan(std::string_view text, const char* pattern, std::tm& into) {
  const std::string copy(text);
  const char* const rest = ::strptime(copy.c_str(), pattern, &into);
  if (rest == nullptr) return std::nullopt;
  return text.substr(static_cast<std::size_t>(rest - copy.c_str()));
}

std::optional<int> two_digits(std::string_view text) {
  int value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.size() != 2 || error != std::errc() || stop != text.data() + 2) return std::nullopt;
  return value;
}

// Takes `.123456` off the front.
std::optional<WallTime> take_fraction(std::string_view& text) {
  if (!text.starts_with('.')) return 0;
  WallTime value = 0;
  WallTime unit = nanoseconds;
  text.remove_prefix(1);
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1)) {
    unit /= 10;
    value += unit * (text[0] - '0');
  }
  return value;
}

// Seconds east of Greenwich: `Z`, `+01:00`.
std::optional<int> parse_zone(std::string_view text) {
  if (text == "Z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hours = two_digits(text.substr(1, 2));
  const auto minutes = two_digits(text.substr(4));
  if (!hours || !minutes) return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * (*hours * 3600 + *minutes * 60);
}

std::tm local_day(WallTime time) {
  const std::time_t seconds = time / nanoseconds;
  std::tm day{};
  ::localtime_r(&seconds, &day);
  day.tm_hour = day.tm_min = day.tm_sec = 0;
  day.tm_isdst = -1;
  return day;
}

}  // namespace

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  std::tm parts{};
  auto rest = scan(text, "%Y-%m-%dT%H:%M:%S", parts);
  if (!rest) return std::nullopt;
  const auto fraction = take_fraction(*rest);
  const auto zone = parse_zone(*rest);
  if (!fraction || !zone) return std::nullopt;
  return (::timegm(&parts) - *zone) * nanoseconds + *fraction;
}

std::optional<WallTime> parse_since(std::string_view text, WallTime now) {
  if (const auto ago = parse_duration(text)) return now - ago->count() * nanoseconds;
  if (const auto exact = parse_rfc3339(text)) return exact;
  constexpr std::array patterns = {
      "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",
      "%Y-%m-%d",          "%H:%M:%S",          "%H:%M"};
  for (const char* const pattern : patterns) {
    std::tm parts = local_day(now);
    const auto rest = scan(text, pattern, parts);
    if (rest && rest->empty()) return ::mktime(&parts) * nanoseconds;
  }
  return std::nullopt;
}

}  // namespace lockfs
