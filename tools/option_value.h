// The values of options, as they are typed. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/arguments.h"

namespace lockfs {

// Empty once the value is set; else what the text is not: "a number of seconds".
std::string set_value(const std::string& text, std::string& value);
std::string set_value(const std::string& text, int& exit_status);
std::string set_value(const std::string& text, std::uint64_t& number);  // from 1 on
std::string set_value(const std::string& text, SignalChoice& choice);
std::string set_value(const std::string& text, std::optional<std::chrono::microseconds>& limit);

// A number of seconds, fractions allowed: "2", "0.25", ".5"; at most 100,000,000.
std::optional<std::chrono::microseconds> parse_seconds(std::string_view text);

}  // namespace lockfs
