// Signals by their names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lockfs {

// "TERM", "SIGTERM" or "15".
std::optional<int> parse_signal(std::string_view text);

// "SIGTERM".
std::string signal_name(int signal);

}  // namespace lockfs
