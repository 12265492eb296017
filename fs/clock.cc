#include "fs/clock.h"

#include <array>
#include <ctime>

namespace lockfs {
namespace {

constexpr std::int64_t nanoseconds = 1'000'000'000;

std::int64_t read_clock(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return now.tv_sec * nanoseconds + now.tv_nsec;
}

std::string format(WallTime time, const char* pattern) {
  const std::time_t seconds = time / nanoseconds;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), pattern, &local)};
}

std::string zone(WallTime time) {
  const std::string digits = format(time, "%z");  // +0100
  return digits.substr(0, 3) + ":" + digits.substr(3);
}

}  // namespace

WallTime wall_now() { return read_clock(CLOCK_REALTIME); }

std::int64_t boot_now() { return read_clock(CLOCK_BOOTTIME); }

std::string to_local(WallTime time) { return format(time, "%Y-%m-%dT%H:%M:%S"); }

std::string to_rfc3339(WallTime time) { return to_local(time) + zone(time); }

std::string to_rfc3339_us(WallTime time) {
  const auto microseconds = time % nanoseconds / 1000;
  return to_local(time) + "." + std::to_string(1'000'000 + microseconds).substr(1) + zone(time);
}

}  // namespace lockfs
