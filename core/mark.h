// A mark that somebody sets: on a unit that it is offline, on a lock that it drains, on a
// descriptor that its lock was broken. Who, when and why.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/types.h"

namespace lockfs {

inline constexpr std::size_t max_reason_bytes = 200;

struct Mark {
  uid_t by = 0;
  WallTime since = 0;
  std::string reason;
  bool by_check = false;  // it goes when the check succeeds (hook.h)
  friend bool operator==(const Mark&, const Mark&) = default;
};

// One that is seldom there, where there may be many without it. nullptr: none.
using SeldomMark = std::unique_ptr<const Mark>;
inline SeldomMark boxed(const std::optional<Mark>& mark) {
  return mark ? std::make_unique<const Mark>(*mark) : nullptr;
}
inline std::optional<Mark> copy_of(const SeldomMark& mark) {
  return mark ? std::optional(*mark) : std::nullopt;
}

// One with the place where it stands: on a unit of this lock that it is offline, else on the lock
// that it drains.
struct PlacedMark {
  std::string lock;
  std::optional<std::string> unit;
  Mark mark;
  friend bool operator==(const PlacedMark&, const PlacedMark&) = default;
};

}  // namespace lockfs
