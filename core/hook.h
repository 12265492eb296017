// Commands that a section has run for its units: `on_release` before a unit that was held goes to
// the next holder, `check` now and then, to find out whether it can be given away. They run outside
// (fs/hooks.h); the engine says what is to be cleaned and is told how a command ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "core/types.h"

namespace lockfs {

enum class HookKind : std::uint8_t { on_release, check, last = check };

struct Hooks {
  std::string on_release;  // empty: none
  std::string check;       // empty: none
  WallTime check_interval = 0;

  bool any() const { return !on_release.empty() || !check.empty(); }
  friend bool operator==(const Hooks&, const Hooks&) = default;
};

// How they are run.
struct HookRules {
  std::optional<uid_t> user;  // as whom; nothing: an account without rights
  std::int64_t timeout_s = 60;
  std::uint32_t at_once = 4;
  friend bool operator==(const HookRules&, const HookRules&) = default;
};

struct UnitPlace {
  std::string lock;
  std::string unit;
  friend bool operator==(const UnitPlace&, const UnitPlace&) = default;
  friend bool operator<(const UnitPlace& a, const UnitPlace& b) {
    return std::tie(a.lock, a.unit) < std::tie(b.lock, b.unit);
  }
};

}  // namespace lockfs
