#include "fs/history.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <optional>

#include "fs/event_words.h"

namespace lockfs {
namespace {

constexpr std::size_t batch_bytes = std::size_t{16} << 10U;
// Events come in flocks, and a disk likes few and large writes.
constexpr std::chrono::milliseconds history_gathering{50};
constexpr std::chrono::seconds until_next_try{1};

}  // namespace

History::History(EventRing& ring, Loop& loop, std::string path)
    : ring_(ring), loop_(loop), path_(std::move(path)), file_(path_), timer_(loop, [this] {
        start_writing();
      }) {
  if (!path_.empty()) thread_ = std::thread([this] { run(); });
}

History::~History() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
  if (end_ > ring_.place() + 1) ring_.set_place(end_ - 1);  // the loop did not hear of it
  for (auto rest = next_batch(); !rest.empty() && write(rest); rest = next_batch()) {
    ring_.set_place(rest.end() - 1);
  }
}

EventBatch History::next_batch() const {
  return EventBatch::take(ring_, {.position = ring_.place() + 1, .start = false}, batch_bytes);
}

void History::after_event() {
  if (path_.empty() || writing_ || timer_.running()) return;
  if (!ring_.empty() && ring_.newest() > ring_.place()) timer_.start(history_gathering);
}

void History::start_writing() {
  auto batch = next_batch();
  if (batch.empty()) return;
  writing_ = true;
  {
    const std::lock_guard lock(mutex_);
    batch_ = std::move(batch);
  }
  changed_.notify_one();
}

void History::written(bool done, std::uint64_t end) {
  writing_ = false;
  if (done) {
    ring_.set_place(end - 1);
    after_event();
  } else {
    timer_.start(until_next_try);
  }
}

// Whoever stops it waits for the batch at hand.
void History::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || batch_; });
    if (stopping_) return;
    const EventBatch batch = *std::exchange(batch_, std::nullopt);
    lock.unlock();
    const bool done = write(batch);
    lock.lock();
    if (done) end_ = batch.end();
    lock.unlock();
    loop_.post([this, done, end = batch.end()] { written(done, end); });
  }
}

bool History::write(const EventBatch& batch) {
  LocalWords local;
  std::vector<std::string> lines;
  for (auto& line : batch.lines(local.words(), path_)) lines.push_back(std::move(line.text));
  std::string error;
  const bool done = file_.write(lines, error);
  if (!done && !failing_) {
    spdlog::error("history: {}; locking goes on, and the history is tried again", error);
  }
  if (done && failing_) spdlog::info("history: {} can be written again", path_);
  failing_ = !done;
  return done;
}

}  // namespace lockfs
