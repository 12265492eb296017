// lockctl events and lockctl history: what happens now, and what happened.
#pragma once

#include "tools/arguments.h"

namespace lockfs {

Result<int> show_events(const Arguments& arguments, const Streams& streams);
Result<int> show_history(const Arguments& arguments, const Streams& streams);

}  // namespace lockfs
