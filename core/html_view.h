// The status as one page for a browser: who holds what now, and when the latest holds were. It
// loads nothing from anywhere and runs no script; whatever users wrote stands in it escaped.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/description.h"
#include "core/event_ring.h"
#include "core/table_view.h"

namespace lockfs {

struct PageFacts {
  Description description;          // looked around in: users, processes
  std::vector<EventRecord> recent;  // the latest events, oldest first
  WallTime now = 0;
  LocalTime local_time;
  std::function<std::string(uid_t)> user;
};

// How many of the latest events the page wants.
inline constexpr std::uint64_t events_on_page = 1000;

std::string render_page(const PageFacts& facts);

}  // namespace lockfs
