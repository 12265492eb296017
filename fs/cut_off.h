// Says in the log who loses a lock with the mount.
#pragma once

#include "core/engine.h"
#include "fs/descriptor.h"

namespace lockfs {

void log_cut_off(const Engine& engine);

// The same by the journal, for who has no engine, in a process of its own: what is in the journal
// may have killed every worker, and must not kill the reader's caller. Before the first thread.
void log_cut_off(const Descriptor& journal);

}  // namespace lockfs
