// What a wait is for, in words: behind whom, since when, and at which place. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/lock_state.h"

namespace lockfs {

// How many wait before the process that waits with flock(2); nothing if it does not.
std::optional<std::size_t> place_of(const LockState& lock, std::int64_t pid);

// "waiting for NAME (held by USER, pid PID, since TIME)", one line for a file or a pipe.
std::string waiting_line(const std::string& what, const std::vector<LockState>& locks);

struct WaitStatus {
  std::string what;                // as it was typed
  std::int64_t pid = 0;            // who waits
  std::string since;               // 2026-11-21T10:15:00
  std::chrono::seconds elapsed{};  // since then
  std::vector<LockState> locks;
};

// For a terminal: what, since when and at which place; below, who holds it and who comes before.
std::vector<std::string> waiting_lines(const WaitStatus& status);

}  // namespace lockfs
