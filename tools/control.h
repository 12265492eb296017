// The commands that are a line to the control file, and its answer from the same descriptor. What a
// line may say is the daemon's to judge.
#pragma once

#include "tools/arguments.h"

namespace lockfs {

Result<int> give_command(const Arguments& arguments, const Streams& streams);

}  // namespace lockfs
