// The worker's process: replays the journal, takes its turn, and serves the mount to the end.
#pragma once

#include <string>

#include "fs/options.h"
#include "fs/role.h"

namespace lockfs {

// Returns when the mount was left, or goes on with another worker. False, with the reason, if it
// could not be served at all; the keeper has been told.
bool run_worker(Holdings holdings, const Options& options, const Program& program, Role role,
                std::string& error);

}  // namespace lockfs
