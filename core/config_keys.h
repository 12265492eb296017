// The keys of the configuration (CONTRACT section 4): one table row each. A new key is a new row.
//
// `set` stores a value and answers with nothing, or with what it expected instead. Pure; any
// thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/config.h"

namespace lockfs {

inline constexpr std::uint32_t max_units_per_lock = 10'000;

struct Value {
  std::string_view text;  // never empty, always plain UTF-8
  int line = 0;
  bool repeated = false;  // the key stood in this section before
};

template <typename Target>
struct Key {
  std::string_view name;
  std::string_view (*set)(Target&, const Value&) = nullptr;
  bool repeats = false;
  bool free_text = false;       // may well contain " ;", which inih takes for a comment
  std::string_view inert = {};  // the value that has no effect yet (any_value: all of them)
};

inline constexpr std::string_view any_value = "*";

std::span<const Key<LockSection>> lock_keys();
std::span<const Key<DaemonSettings>> daemon_keys();

// What to tell the author of a key that is not in its table.
std::string explain_unknown_lock_key(std::string_view key);
std::string explain_unknown_daemon_key(std::string_view key);

}  // namespace lockfs
