// What a reader of the events gets next: taken out of the ring by whoever has it, made into text by
// whoever has time.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/event_json.h"
#include "core/event_place.h"
#include "core/event_ring.h"

namespace lockfs {

// Where reading at an offset goes on. `last` are the places where a descriptor's last read began
// and ended: between them, and at the end, the text goes on; anywhere else the offset is the
// position of a record, and the text begins anew.
EventPlace find_place(const std::vector<EventPlace>& last, std::int64_t offset,
                      const EventRing& ring);

// A line and where the next one stands (its offset is for the reader to know).
struct EventLine {
  std::string text;
  EventPlace after;
};

class EventBatch {
 public:
  // From a place on, so much as makes about so many bytes of text.
  static EventBatch take(const EventRing& ring, const EventPlace& from, std::size_t bytes);

  bool empty() const { return !from_.start && missed_ == 0 && records_.empty(); }
  const EventPlace& from() const { return from_; }
  // The position behind the last that is in it.
  std::uint64_t end() const { return first_ + records_.size(); }

  std::vector<EventLine> lines(const EventWords& words, const std::string& history) const;

 private:
  EventPlace from_;
  std::uint64_t missed_ = 0;
  std::uint64_t first_ = 1;  // of records_
  std::vector<EventRecord> records_;
};

// A part of the lines, from `from.skip` on: whole ones unless not even one fits.
struct EventText {
  std::string text;
  EventPlace next;
};
EventText cut_text(const EventPlace& from, const std::vector<EventLine>& lines, std::size_t size);

}  // namespace lockfs
