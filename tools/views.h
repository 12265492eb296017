// The commands that show: status, list, show.
#pragma once

#include "tools/arguments.h"

namespace lockfs {

Result<int> show_status(const Arguments& arguments, const Streams& streams);
Result<int> list_holds(const Arguments& arguments, const Streams& streams);
Result<int> show_lock(const Arguments& arguments, const Streams& streams);

}  // namespace lockfs
