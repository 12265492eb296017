// Writes the events to the history's file, on a thread of its own, so that no disk, slow or full,
// delays a lock.
//
// A reader of the ring of events like others (core/event_ring.h): what it has written is marked
// there, so that a successor goes on behind it. While the file cannot be written it tries again;
// what the ring has lost meanwhile stands in the file as a gap. Only for whoever has the turn
// (loop.h), but for its thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "core/event_batch.h"
#include "fs/history_file.h"
#include "fs/loop.h"

namespace lockfs {

class History {
 public:
  // An empty path: there is none to be written.
  History(EventRing& ring, Loop& loop, std::string path);
  // Writes what is left, if it can.
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  void after_event();

 private:
  EventBatch next_batch() const;
  void start_writing();
  void written(bool done, std::uint64_t end);
  void run();
  bool write(const EventBatch& batch);

  EventRing& ring_;
  Loop& loop_;
  std::string path_;
  HistoryFile file_;      // the thread's
  bool failing_ = false;  // the thread's: and it was said
  Timer timer_;
  bool writing_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<EventBatch> batch_;  // guarded by mutex_
  bool stopping_ = false;            // guarded by mutex_
  std::uint64_t end_ = 0;            // behind the last that was written; guarded by mutex_
  std::thread thread_;
};

}  // namespace lockfs
