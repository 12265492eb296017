// The reads of .events: answered with what there is, or kept until something happens.
//
// Readers delay nobody: an event only starts a timer, then the reads that wait are served a few at
// a time, and the worker makes their text. How far each descriptor has been read is the engine's to
// keep. Only for whoever has the turn (loop.h).
#pragma once

#include <deque>
#include <string>
#include <unordered_map>

#include "core/event_batch.h"
#include "fs/loop.h"
#include "fs/service.h"
#include "fs/worker.h"

namespace lockfs {

class EventFeed {
 public:
  EventFeed(Service& service, Worker& worker, Loop& loop);

  // A read(2); its request is among the pending ones, and may be interrupted.
  struct Read {
    RequestId id = RequestId::none;
    HandleId handle = HandleId::none;
    std::size_t size = 0;
    std::int64_t offset = 0;
    bool wait = true;
  };
  void read(const Read& read);
  // A read that was ended otherwise.
  void forget(RequestId id);

  // Whether a read would give something now.
  bool readable(const Handle& open) const;
  // Somebody polls a descriptor, and is to be woken by this number of the kernel's when it is. (Of
  // a predecessor's pollers the engine has the numbers: they were woken, and poll again.)
  void poll(HandleId handle, std::uint64_t number);
  void closed(HandleId handle) { polling_.erase(handle); }
  void after_event();

 private:
  void serve_waiting();
  void wake_pollers();
  void render(const Read& read, EventBatch batch);
  void reply(const Read& read, const EventPlace& from, const EventText& text);

  Service& service_;
  Worker& worker_;
  Timer timer_;
  std::deque<Read> waiting_;
  std::size_t due_ = 0;  // how many of them, from the first on, there may be something for
  std::unordered_map<HandleId, std::uint64_t> polling_;
  std::uint64_t seen_ = 0;
};

}  // namespace lockfs
