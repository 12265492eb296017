// The boards in a mount's status.json (core/json_view.h), for people. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lockfs::compat {

// Each logical board, below it its physical ones: who uses each and since when, and which are
// offline. Nothing if the text is not what a daemon writes.
std::optional<std::string> describe_boards(std::string_view status_json);

}  // namespace lockfs::compat
