// The clocks, read here and handed to the engine with each event, and moments as people write them.
#pragma once

#include <cstdint>
#include <string>

#include "core/types.h"

namespace lockfs {

WallTime wall_now();
// Nanoseconds since boot, time asleep included: the clock of process start times.
std::int64_t boot_now();

std::string to_local(WallTime time);       // 2026-11-21T10:04:02, local time
std::string to_rfc3339(WallTime time);     // 2026-11-21T10:04:02+01:00
std::string to_rfc3339_us(WallTime time);  // 2026-11-21T10:04:02.123456+01:00

}  // namespace lockfs
