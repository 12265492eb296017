// The byte ranges that one owner of fcntl(2) locks has locked in a file.
//
// They decide only when the whole lock is free again, and how strongly it is held: any range locked
// for writing makes it exclusive. A range locked again takes the new mode, one unlocked in the
// middle splits. Each keeps the descriptor through which it was locked, with whose last close it
// goes. Kept in order and apart, at most max_size of them. A value; cost O(ranges).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/types.h"

namespace lockfs {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last =
      std::numeric_limits<std::int64_t>::max();  // included; fcntl(2)'s "to the end"
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

struct LockedRange {
  ByteRange bytes;
  Mode mode = Mode::exclusive;
  HandleId through = HandleId::none;
  friend bool operator==(const LockedRange&, const LockedRange&) = default;
};

class Ranges {
 public:
  static constexpr std::size_t max_size = 256;

  // False, and nothing changes, if there would be too many.
  bool lock(const LockedRange& range);
  bool unlock(const ByteRange& bytes);
  // What was locked through this descriptor goes.
  void close(HandleId through);

  bool empty() const { return ranges_.empty(); }
  // The strongest of them all.
  Mode mode() const;

  const std::vector<LockedRange>& list() const { return ranges_; }
  // Nothing if these are not in order and apart.
  static bool fit(const std::vector<LockedRange>& ranges);
  void restore(const std::vector<LockedRange>& ranges) { ranges_ = ranges; }
  friend bool operator==(const Ranges&, const Ranges&) = default;

 private:
  std::vector<LockedRange> ranges_;
};

}  // namespace lockfs
