// Who and where we are, as the older systems' protocols want to be told. Asks the resolver and the
// account database, which may take their time.
#pragma once

#include <sys/types.h>

#include <string>

namespace lockfs::compat {

// Fully qualified where the resolver knows it so; always a plain word.
std::string host_name();

std::string user_name();

// One that may not be signalled exists too.
bool process_exists(pid_t pid);

}  // namespace lockfs::compat
