#include "fs/event_feed.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "fs/event_words.h"

namespace lockfs {
namespace {

// At most so much for one read: records are copied with the turn.
constexpr std::size_t max_text = std::size_t{16} << 10U;
// So many reads are served before others have the turn.
constexpr std::size_t served_at_once = 32;
// Events come in flocks.
constexpr std::chrono::milliseconds gathering{3};
constexpr std::chrono::milliseconds until_worker_is_free{50};

}  // namespace

EventFeed::EventFeed(Service& service, Worker& worker, Loop& loop)
    : service_(service), worker_(worker), timer_(loop, [this] { serve_waiting(); }) {}

void EventFeed::read(const Read& read) {
  const Handle* open = service_.engine().find_handle(read.handle);
  if (!service_.pending().contains(read.id)) return;  // it was interrupted
  if (open == nullptr) return service_.pending().fail(read.id, EINVAL);
  const EventRing& ring = service_.events();
  const auto place = find_place(open->extras->read, read.offset, ring);
  auto batch = EventBatch::take(ring, place, std::min(read.size, max_text));
  if (!batch.empty()) return render(read, std::move(batch));
  if (!read.wait) return service_.pending().fail(read.id, EAGAIN);
  waiting_.push_back(read);
}

void EventFeed::render(const Read& read, EventBatch batch) {
  const bool submitted = worker_.submit([this, read, batch = std::move(batch),
                                         history = service_.journal().settings().history] {
    LocalWords local;
    auto text =
        cut_text(batch.from(), batch.lines(local.words(), history), std::min(read.size, max_text));
    return Loop::Callback(
        [this, read, from = batch.from(), text = std::move(text)] { reply(read, from, text); });
  });
  if (submitted) return;
  waiting_.push_back(read);
  due_ = waiting_.size();
  if (!timer_.running()) timer_.start(until_worker_is_free);
}

// The place is kept before the answer leaves: a read that comes again finds where it began.
void EventFeed::reply(const Read& read, const EventPlace& from, const EventText& text) {
  if (!service_.pending().contains(read.id)) return;
  service_.post(event::EventsRead{read.handle, from, text.next});
  if (text.text.empty() && read.size > 0) return this->read(read);
  fuse_reply_buf(service_.pending().take(read.id), text.text.data(), text.text.size());
}

void EventFeed::forget(RequestId id) {
  if (waiting_.empty()) return;
  std::erase_if(waiting_, [&](const Read& read) { return read.id == id; });
  due_ = std::min(due_, waiting_.size());
}

void EventFeed::after_event() {
  const std::uint64_t last = service_.engine().last_position();
  if (last == seen_) return;
  seen_ = last;
  if (waiting_.empty() && polling_.empty()) return;
  due_ = waiting_.size();
  if (!timer_.running()) timer_.start(gathering);
}

bool EventFeed::readable(const Handle& open) const {
  const auto& read = open.extras->read;
  return !read.empty() &&
         (read.back().start || read.back().position <= service_.engine().last_position());
}

void EventFeed::poll(HandleId handle, std::uint64_t number) { polling_[handle] = number; }

void EventFeed::wake_pollers() {
  for (const auto& [handle, number] : std::exchange(polling_, {})) service_.wake(number);
}

void EventFeed::serve_waiting() {
  wake_pollers();
  for (std::size_t served = 0; due_ > 0 && served < served_at_once; ++served, --due_) {
    const Read next = waiting_.front();
    waiting_.pop_front();
    read(next);
  }
  if (due_ > 0 && !timer_.running()) timer_.start(gathering);
}

}  // namespace lockfs
