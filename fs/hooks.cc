#include "fs/hooks.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace lockfs {
namespace {

struct Found {
  const Lock* lock = nullptr;
  const Unit* unit = nullptr;  // nullptr also if it was taken out of the configuration
};

Found find(const Engine& engine, const UnitPlace& place) {
  Found found{engine.locks().find(place.lock)};
  if (found.lock != nullptr) found.unit = found.lock->pool.find(place.unit);
  if (found.unit != nullptr && found.unit->retired) found.unit = nullptr;
  return found;
}

}  // namespace

HookRunner::HookRunner(Loop& loop, Service& service)
    : loop_(loop), service_(service), timer_(loop, [this] { check_due(); }) {}

void HookRunner::resume() {
  clean(service_.engine().units_to_clean());
  reloaded();
}

void HookRunner::clean(const std::vector<UnitPlace>& places) {
  for (const auto& place : places) {
    if (cleaning_.insert(place).second) to_clean_.push_back(place);
  }
  start_next();
}

// Checks that are new begin now; the others keep their time, unless the interval is shorter now.
// Of what is not there any more the engine knows nothing when it is due.
void HookRunner::reloaded() {
  const auto now = Clock::now();
  for (const auto& [node, lock] : service_.engine().locks().locks()) {
    if (!lock->hooks || lock->hooks->check.empty()) continue;
    for (const auto& unit : lock->pool.units()) {
      const UnitPlace place{lock->name, unit->name};
      if (unit->retired || checking_.contains(place)) continue;
      const auto latest = now + interval_of(place);
      due_.set(place, std::min(due_.when(place).value_or(now), latest));
    }
  }
  set_timer();
  start_next();
}

std::string HookRunner::command_of(const Job& job) const {
  const Lock* lock = service_.engine().locks().find(job.place.lock);
  if (lock == nullptr || !lock->hooks) return {};
  return job.kind == HookKind::check ? lock->hooks->check : lock->hooks->on_release;
}

// 0: it is not to be checked any more.
std::chrono::nanoseconds HookRunner::interval_of(const UnitPlace& place) const {
  const auto [lock, unit] = find(service_.engine(), place);
  if (unit == nullptr || !lock->hooks || lock->hooks->check.empty()) return {};
  return std::chrono::nanoseconds(lock->hooks->check_interval);
}

bool HookRunner::can_be_checked(const UnitPlace& place) const {
  const Unit* unit = find(service_.engine(), place).unit;
  return unit != nullptr && !unit->held() && !unit->cleaning;
}

void HookRunner::plan_next(const UnitPlace& place) {
  checking_.erase(place);
  const auto interval = interval_of(place);
  if (interval.count() != 0) due_.set(place, Clock::now() + interval);
  set_timer();
}

void HookRunner::set_timer() {
  const auto next = due_.next();
  if (next) timer_.start(std::max<std::chrono::nanoseconds>(*next - Clock::now(), {}));
}

void HookRunner::check_due() {
  for (const auto& place : due_.take_due(Clock::now())) {
    checking_.insert(place);
    to_check_.push_back(place);
  }
  set_timer();
  start_next();
}

std::optional<HookRunner::Job> HookRunner::next_job() {
  if (!to_clean_.empty()) {
    Job job{std::move(to_clean_.front()), HookKind::on_release};
    to_clean_.pop_front();
    return job;
  }
  while (!to_check_.empty()) {
    Job job{std::move(to_check_.front()), HookKind::check};
    to_check_.pop_front();
    if (can_be_checked(job.place)) return job;
    plan_next(job.place);
  }
  return std::nullopt;
}

void HookRunner::start_next() {
  while (running_.size() < service_.engine().hook_rules().at_once) {
    const auto job = next_job();
    if (!job) return;
    start(*job);
  }
}

// What a reload has taken away is not run, and has not failed.
std::optional<HookProcess> HookRunner::run(const Job& job, std::string& failure) const {
  const std::string command = command_of(job);
  if (command.empty()) return std::nullopt;
  auto process = start_hook({command, job.place, service_.engine().hook_rules().user});
  if (!process) failure = std::string("cannot be started: ") + std::strerror(errno);
  return process;
}

void HookRunner::start(const Job& job) {
  std::string failure;
  auto process = run(job, failure);
  const std::uint64_t number = next_run_++;
  auto& started = running_[number];
  const auto ended = [this, number, job](const std::string& how) {
    running_.erase(number);
    end(job, how);
  };
  if (!process) return loop_.post([ended, failure] { ended(failure); });
  const std::chrono::seconds limit(service_.engine().hook_rules().timeout_s);
  started = std::make_unique<HookRun>(loop_, std::move(*process), limit, ended);
}

void HookRunner::end(const Job& job, const std::string& failure) {
  job.kind == HookKind::check ? plan_next(job.place) : void(cleaning_.erase(job.place));
  service_.post(event::HookEnded{job.place, job.kind, failure});
  start_next();
}

}  // namespace lockfs
