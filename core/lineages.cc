#include "core/lineages.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lockfs {
namespace {

// Whether the process with this id at that moment is this one.
bool is(const Relative& relative, pid_t process, std::int64_t then) {
  return process != 0 && relative.self.process == process && relative.self.started <= then;
}

bool took(const Relative& relative, const Claim& hold) {
  return is(relative, hold.client.thread, hold.client.opened) ||
         is(relative, hold.asker.process, hold.asker.asked);
}

struct ByThread {
  bool operator()(const Claim* claim, pid_t thread) const { return claim->thread < thread; }
  bool operator()(pid_t thread, const Claim* claim) const { return thread < claim->thread; }
};

// Those of this thread; where one more of it belongs, if there is none.
auto of_thread(const std::vector<Claim*>& waiters, pid_t thread) {
  return std::equal_range(waiters.begin(), waiters.end(), thread, ByThread());
}

}  // namespace

Relative& Lineages::find_or_add(const Forebear& process, Relative* parent) {
  const auto [first, last] = relatives_.equal_range(process.process);
  const auto known = std::find_if(first, last, [&](const auto& entry) {
    return entry.second.parent == parent && entry.second.self == process;
  });
  if (known != last) return known->second;
  Relative& relative = relatives_.emplace(process.process, Relative{})->second;
  relative.self = process;
  relative.parent = parent;
  if (parent != nullptr) parent->children.push_back(relative);
  return relative;
}

void Lineages::put(Claim& waiter, const std::vector<Forebear>& processes) {
  remove(waiter);
  if (processes.empty()) return;
  const auto length = static_cast<std::ptrdiff_t>(std::min(processes.size(), max_length));
  Relative* relative = nullptr;
  for (auto process = processes.begin() + length; process != processes.begin();) {
    relative = &find_or_add(*--process, relative);
  }
  auto& waiters = relative->waiters;
  waiters.insert(of_thread(waiters, waiter.thread).second, &waiter);
  waiter.descends = relative;
}

void Lineages::remove(Claim& waiter) {
  Relative* relative = waiter.descends;
  if (relative == nullptr) return;
  const auto [same, others] = of_thread(relative->waiters, waiter.thread);
  relative->waiters.erase(std::find(same, others, &waiter));
  waiter.descends = nullptr;
  while (relative != nullptr && relative->waiters.empty() && relative->children.empty()) {
    Relative* parent = relative->parent;
    if (parent != nullptr) parent->children.remove(*relative);
    const auto [first, last] = relatives_.equal_range(relative->self.process);
    relatives_.erase(
        std::find_if(first, last, [&](const auto& entry) { return &entry.second == relative; }));
    relative = parent;
  }
}

std::vector<Forebear> Lineages::of(const Claim& waiter) const {
  std::vector<Forebear> processes;
  for (const Relative* each = waiter.descends; each != nullptr; each = each->parent) {
    processes.push_back(each->self);
  }
  return processes;
}

bool Lineages::keeps(const Claim& waiter, const Claim& hold) const {
  const Relative* own = waiter.descends;
  if (own == nullptr) return false;
  if (is(*own, hold.asker.process, hold.asker.asked)) return hold.thread == waiter.thread;
  const bool first_thread = waiter.thread == own->self.process;
  if (first_thread && is(*own, hold.client.thread, hold.client.opened)) return true;
  for (const Relative* each = own->parent; each != nullptr; each = each->parent) {
    if (took(*each, hold)) return true;
  }
  return false;
}

// Of those of the process that took the hold only one thread's may keep it: a program may have
// thousands of threads that wait.
void Lineages::add_waiters_of(const Relative& relative, const Claim& hold,
                              std::vector<Claim*>& keepers) const {
  const bool own = is(relative, hold.asker.process, hold.asker.asked);
  const auto& all = relative.waiters;
  const auto [first, last] = own ? of_thread(all, hold.thread) : std::pair(all.begin(), all.end());
  std::copy_if(first, last, std::back_inserter(keepers),
               [&](const Claim* waiter) { return keeps(*waiter, hold); });
}

void Lineages::add_waiters_below(pid_t process, const Claim& hold,
                                 std::vector<Claim*>& keepers) const {
  std::vector<const Relative*> left;
  const auto [first, last] = relatives_.equal_range(process);
  for (auto entry = first; entry != last; ++entry) left.push_back(&entry->second);
  while (!left.empty()) {
    const Relative& relative = *left.back();
    left.pop_back();
    add_waiters_of(relative, hold, keepers);
    for (const Relative* child = relative.children.first(); child != nullptr;
         child = decltype(relative.children)::after(*child)) {
      left.push_back(child);
    }
  }
}

std::vector<Claim*> Lineages::keepers_of(const Claim& hold) const {
  std::vector<Claim*> keepers;
  if (empty()) return keepers;
  const pid_t opener = hold.client.thread;
  const pid_t asker = hold.asker.process;
  add_waiters_below(opener, hold, keepers);
  if (asker != opener && asker != 0) add_waiters_below(asker, hold, keepers);
  std::sort(keepers.begin(), keepers.end());
  keepers.erase(std::unique(keepers.begin(), keepers.end()), keepers.end());
  return keepers;
}

}  // namespace lockfs
