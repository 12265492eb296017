#include "core/event_batch.h"

#include <algorithm>

namespace lockfs {
namespace {

// What a line takes at least, beside the texts in it.
constexpr std::size_t least_line = 150;

}  // namespace

EventPlace find_place(const std::vector<EventPlace>& last, std::int64_t offset,
                      const EventRing& ring) {
  EventPlace place;
  if (!last.empty() && offset >= last.front().offset && offset <= last.back().offset) {
    place = offset == last.back().offset ? last.back() : last.front();
    place.skip += static_cast<std::uint32_t>(offset - place.offset);
  } else {
    const std::uint64_t next = ring.oldest() + ring.size();
    place.position = std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(offset, 0)), next);
    if (place.position == 0) place.position = ring.oldest();
  }
  place.offset = offset;
  return place;
}

EventBatch EventBatch::take(const EventRing& ring, const EventPlace& from, std::size_t bytes) {
  EventBatch batch;
  batch.from_ = from;
  batch.first_ = std::max(from.position, ring.oldest());
  batch.missed_ = batch.first_ - from.position;
  const std::size_t wanted = bytes + from.skip;
  std::size_t taken = 0;
  const std::uint64_t end = ring.oldest() + ring.size();
  for (std::uint64_t next = batch.first_; next < end && taken < wanted; ++next) {
    taken += batch.records_.emplace_back(ring.at(next)).text.size() + least_line;
  }
  return batch;
}

std::vector<EventLine> EventBatch::lines(const EventWords& words,
                                         const std::string& history) const {
  std::vector<EventLine> lines;
  EventPlace after = from_;
  after.skip = 0;
  const auto add = [&](std::string text, std::uint64_t next) {
    after.start = false;
    after.position = next;
    lines.push_back({std::move(text), after});
  };
  if (from_.start) add(start_line(from_.position, history), from_.position);
  if (missed_ > 0) add(missed_line(from_.position, missed_), first_);
  std::uint64_t next = first_;
  for (const auto& record : records_) add(event_line(record.told(), words), ++next);
  return lines;
}

EventText cut_text(const EventPlace& from, const std::vector<EventLine>& lines, std::size_t size) {
  EventText cut{{}, from};
  cut.next.skip = 0;
  std::size_t skip = from.skip;
  for (const auto& line : lines) {
    const auto rest = std::string_view(line.text).substr(std::min(skip, line.text.size()));
    if (rest.size() > size - cut.text.size()) {
      if (!cut.text.empty()) break;
      cut.text = rest.substr(0, size);
      cut.next.skip = static_cast<std::uint32_t>(line.text.size() - rest.size() + size);
      break;
    }
    skip -= line.text.size() - rest.size();
    cut.text += rest;
    cut.next = line.after;
  }
  cut.next.offset = from.offset + static_cast<std::int64_t>(cut.text.size());
  return cut;
}

}  // namespace lockfs
