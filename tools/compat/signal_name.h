// Signals as kill(1) takes them. Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

namespace lockfs::compat {

// "HUP", "SIGHUP", "-HUP" or "1".
std::optional<int> signal_number(std::string_view name);

}  // namespace lockfs::compat
