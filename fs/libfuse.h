// libfuse's own session, and what libfuse says.
#pragma once

#include <fuse_lowlevel.h>

#include <string>
#include <vector>

#include "fs/kernel_door.h"

namespace lockfs {

// nullptr if libfuse refuses the arguments. What it says goes to the log.
fuse_session* make_session(const std::vector<std::string>& arguments, KernelDoor* door);

// Its last words, which are the reason why something failed; `otherwise` if it said nothing.
std::string libfuse_words(const std::string& otherwise);

}  // namespace lockfs
