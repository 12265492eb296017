// The commands that are a line to the control file, and its answer from the same descriptor.
#pragma once

#include "tools/arguments.h"

namespace lockfs {

Result<int> reload(const Arguments& arguments, const Streams& streams);
Result<int> upgrade(const Arguments& arguments, const Streams& streams);

}  // namespace lockfs
