#include "core/tally.h"

#include <algorithm>

namespace lockfs {
namespace {

template <class Code>
void count_one(std::array<std::uint64_t, Tally::max_codes>& counts, Code code) {
  const auto number = static_cast<std::size_t>(code);
  if (number < counts.size()) ++counts[number];
}

}  // namespace

// A clock that was set back lets nothing last less than nothing.
void Durations::add(WallTime duration) {
  duration = std::max<WallTime>(duration, 0);
  std::size_t bucket = 0;
  while (bucket < bounds_ms.size() && duration > bounds_ms[bucket] * 1'000'000) ++bucket;
  ++counts[bucket];
  sum += duration;
}

void Tally::count(const Notice& notice) {
  count_one(kinds, notice.kind);
  if (notice.kind == NoticeKind::ended) count_one(ended, notice.reason);
  if (notice.kind == NoticeKind::command) count_one(commands, notice.code);
  if (notice.since == 0) return;
  if (notice.kind == NoticeKind::granted) waits.add(notice.time - notice.since);
  const bool hold = notice.kind == NoticeKind::released || notice.kind == NoticeKind::broken;
  if (hold) holds.add(notice.time - notice.since);
}

}  // namespace lockfs
