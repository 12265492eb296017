// The first start of a mount, by a user: all that can fail before its keeper and its worker are
// there. What is wrong is said to whoever starts lockfs, while he looks.
#pragma once

#include <optional>
#include <string>

#include "fs/background.h"
#include "fs/options.h"
#include "fs/role.h"

namespace lockfs {

// Reads the configuration, goes into the background if that is asked for, opens the log and the
// doors, mounts and begins the journal. Nothing, with the reason unless that has been shown, if one
// of these fails: then nothing is mounted.
std::optional<Holdings> set_up(const Options& options, Background& background, std::string& error);

}  // namespace lockfs
