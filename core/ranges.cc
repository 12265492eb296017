#include "core/ranges.h"

#include <algorithm>

namespace lockfs {
namespace {

using List = std::vector<LockedRange>;

// What is left of the ranges outside of these bytes.
List without(const List& ranges, const ByteRange& bytes) {
  List left;
  left.reserve(ranges.size() + 2);
  for (const auto& range : ranges) {
    LockedRange before = range;
    LockedRange behind = range;
    before.bytes.last = bytes.first - 1;
    behind.bytes.first = bytes.last + 1;
    if (range.bytes.last < bytes.first || range.bytes.first > bytes.last) {
      left.push_back(range);
      continue;
    }
    if (range.bytes.first < bytes.first) left.push_back(before);
    if (range.bytes.last > bytes.last) left.push_back(behind);
  }
  return left;
}

bool continues(const LockedRange& a, const LockedRange& b) {
  return a.bytes.last + 1 == b.bytes.first && a.mode == b.mode && a.through == b.through;
}

List merged(const List& ranges) {
  List result;
  for (const auto& range : ranges) {
    if (!result.empty() && continues(result.back(), range)) {
      result.back().bytes.last = range.bytes.last;
    } else {
      result.push_back(range);
    }
  }
  return result;
}

}  // namespace

bool Ranges::lock(const LockedRange& range) {
  List ranges = without(ranges_, range.bytes);
  const auto behind = std::find_if(ranges.begin(), ranges.end(), [&](const LockedRange& other) {
    return other.bytes.first > range.bytes.first;
  });
  ranges.insert(behind, range);
  ranges = merged(ranges);
  if (ranges.size() > max_size) return false;
  ranges_ = std::move(ranges);
  return true;
}

bool Ranges::unlock(const ByteRange& bytes) {
  List ranges = without(ranges_, bytes);
  if (ranges.size() > max_size) return false;
  ranges_ = std::move(ranges);
  return true;
}

void Ranges::close(HandleId through) {
  std::erase_if(ranges_, [&](const LockedRange& range) { return range.through == through; });
}

Mode Ranges::mode() const {
  const bool writes = std::any_of(ranges_.begin(), ranges_.end(), [](const LockedRange& range) {
    return range.mode == Mode::exclusive;
  });
  return writes ? Mode::exclusive : Mode::shared;
}

bool Ranges::fit(const std::vector<LockedRange>& ranges) {
  const LockedRange* before = nullptr;
  for (const auto& range : ranges) {
    if (range.bytes.first > range.bytes.last) return false;
    if (before != nullptr && before->bytes.last >= range.bytes.first) return false;
    before = &range;
  }
  return ranges.size() <= max_size;
}

}  // namespace lockfs
