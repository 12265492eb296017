// Which events somebody wants to see, and how a person sees them. Constant; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/types.h"

namespace lockfs {

struct EventFilter {
  std::string lock;  // empty: of every lock
  std::string user;  // a name or a number; empty: everybody's
  std::optional<WallTime> since;

  // `line` is one line of .events or of the history. What is none passes nothing.
  bool passes(std::string_view line) const;
};

// The columns' names, and an event below them: one line, without control characters.
std::string event_header();
std::string event_as_text(std::string_view line);

}  // namespace lockfs
