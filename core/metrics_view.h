// What is and what happened, as numbers for Prometheus (its text format 0.0.4).
#pragma once

#include <string>

#include "core/description.h"
#include "core/tally.h"

namespace lockfs {

struct MetricsFacts {
  std::string version;
  Tally tally;
  std::size_t open_files = 0;
  std::size_t holds = 0;
  std::size_t waiters = 0;
  Token last_token = 0;
  std::uint64_t last_position = 0;
  Description description;
};

MetricsFacts gather_metrics(const Engine& engine, std::string version);

// Locks and units one by one only as far as they stand in the configuration: of dynamic ones there
// is no end.
std::string render_metrics(const MetricsFacts& facts);

}  // namespace lockfs
