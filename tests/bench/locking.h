// flock(2) as the cases use it, and clocks. A failure ends the run.
#pragma once

#include <string>

#include "fs/descriptor.h"

namespace lockfs::bench {

Descriptor open_file(const std::string& path, int flags);
void lock(const Descriptor& file);
void unlock(const Descriptor& file);
void lock_and_unlock(const Descriptor& file, int times);

// Microseconds since some moment.
double now_us();

}  // namespace lockfs::bench
