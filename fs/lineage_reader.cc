#include "fs/lineage_reader.h"

#include <algorithm>

#include "fs/clock.h"
#include "fs/processes.h"

namespace lockfs {
namespace {

constexpr std::chrono::milliseconds long_enough{100};
constexpr std::size_t at_a_time = 128;
constexpr std::size_t looked_at = 8 * at_a_time;

std::vector<event::Lineage> read(const std::vector<std::pair<RequestId, pid_t>>& waits) {
  Ancestry ancestry;
  std::vector<event::Lineage> lineages;
  for (const auto& [request, thread] : waits) {
    event::Lineage lineage{request, {}};
    for (const Process& process : ancestry.of(thread, Lineages::max_length)) {
      lineage.processes.push_back({process.pid, process.started});
    }
    if (!lineage.processes.empty()) lineages.push_back(std::move(lineage));
  }
  return lineages;
}

}  // namespace

LineageReader::LineageReader(Loop& loop, Worker& worker, Service& service)
    : worker_(worker), service_(service), timer_(loop, [this] { read_some(); }) {}

void LineageReader::waits(RequestId request, pid_t thread) {
  if (thread == 0) return;  // of another namespace of processes
  waits_.emplace_back(request, thread);
  if (!reading_ && !timer_.running()) timer_.start(long_enough);
}

void LineageReader::resume() {
  waits_.clear();
  for (const auto& [request, thread] : service_.engine().waits_without_lineage()) {
    waits(request, thread);
  }
}

std::vector<LineageReader::Wait> LineageReader::take_some() {
  std::vector<Wait> some;
  const WallTime now = wall_now();
  for (auto left = std::min(waits_.size(), looked_at); left > 0 && some.size() < at_a_time;
       --left) {
    const Wait wait = waits_.front();
    waits_.pop_front();
    const Claim* waiter = service_.engine().find_waiter(wait.first);
    if (waiter == nullptr) continue;
    if (moves_up(*waiter, now)) {
      waits_.push_back(wait);
    } else {
      some.push_back(wait);
    }
  }
  return some;
}

void LineageReader::read_some() {
  const auto some = take_some();
  if (some.empty()) return look_again();
  reading_ = worker_.submit([this, some]() -> Loop::Callback {
    return [this, lineages = read(some)] { tell(lineages); };
  });
  if (reading_) return;
  waits_.insert(waits_.begin(), some.begin(), some.end());
  look_again();
}

void LineageReader::look_again() {
  if (!waits_.empty()) timer_.start(long_enough);
}

void LineageReader::tell(const std::vector<event::Lineage>& lineages) {
  reading_ = false;
  for (const auto& lineage : lineages) {
    if (service_.engine().is_waiting(lineage.request)) service_.post(lineage);
  }
  look_again();
}

}  // namespace lockfs
