// The command check-config: what a start or a reload would say of a configuration, without either.
#pragma once

#include "tools/arguments.h"

namespace lockfs {

Result<int> check_config(const Arguments& arguments, const Streams& streams);

}  // namespace lockfs
