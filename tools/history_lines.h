// A history's lines, from the oldest file that is left to the latest line. Any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/failure.h"

namespace lockfs {

// The files of a history at `path`, oldest first: those set aside (FILE.2, FILE.1), then itself.
std::vector<std::string> history_files(const std::string& path);

// Calls `take` with each line of the files, without its newline.
Result<int> read_history(const std::string& path,
                         const std::function<void(std::string_view)>& take);

}  // namespace lockfs
