// What has happened since the mount, counted: for .metrics. Kept with the engine's state, so that
// it goes on over crashes and upgrades.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/notice.h"

namespace lockfs {

// How often something lasted up to so long.
struct Durations {
  static constexpr std::array<WallTime, 11> bounds_ms = {
      1, 10, 100, 1000, 10'000, 60'000, 300'000, 1'800'000, 3'600'000, 14'400'000, 86'400'000};

  std::array<std::uint64_t, bounds_ms.size() + 1> counts{};  // the last: longer than all bounds
  WallTime sum = 0;

  void add(WallTime duration);
};

struct Tally {
  static constexpr std::size_t max_codes = 32;  // of each sort that is counted

  std::array<std::uint64_t, max_codes> kinds{};     // of notices
  std::array<std::uint64_t, max_codes> ended{};     // waits, by their reason
  std::array<std::uint64_t, max_codes> commands{};  // by their code
  Durations waits;                                  // of those that were granted
  Durations holds;

  void count(const Notice& notice);
};

}  // namespace lockfs
