// A command that takes this process's place.
#pragma once

#include <string>
#include <vector>

#include "tools/failure.h"
#include "tools/streams.h"

namespace lockfs::compat {

// Returns only if it cannot be run, with why.
Failure become(std::vector<std::string> command, const Streams& streams);

// {"/bin/sh", "-c", "the words joined"}
std::vector<std::string> shell_command(const std::vector<std::string>& words);

}  // namespace lockfs::compat
