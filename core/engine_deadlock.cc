// The engine's deadlocks (wait_graph.h): when they are looked for, what is done about them.
//
// A new one has a waiter in it that is a suspect: one whose lineage has become known; one who keeps
// a hold that is new, or stronger; all, when claims change places in line or locks change. One that
// is there can only end when something changes at a lock that it hangs on: these are watched.
#include <algorithm>
#include <utility>

#include "core/engine.h"
#include "core/snapshot.h"

namespace lockfs {

void Engine::on(const event::Lineage& e) {
  Claim* waiter = claims_.waiter(e.request);
  if (waiter == nullptr || e.processes.empty()) return;  // it waits no longer
  if (waiter->extras->deadlock != nullptr) deadlocks_stale_ = true;
  lineages_.put(*waiter, e.processes);
  suspects_.push_back(e.request);
}

void Engine::suspect_keepers_of(const Claim& hold) {
  if (lineages_.empty()) return;
  const bool awaited = std::any_of(hold.grants.begin(), hold.grants.end(), [](const Grant& grant) {
    return !grant.lock->line.empty() || !grant.lock->picked.empty();
  });
  if (!awaited) return;
  for (const Claim* keeper : lineages_.keepers_of(hold)) suspects_.push_back(keeper->request);
}

void Engine::suspect_all() {
  suspect_all_ = !lineages_.empty();
  deadlocks_stale_ = deadlocks_stale_ || !deadlocks_.empty();
}

std::vector<Claim*> Engine::take_suspects() {
  std::vector<Claim*> suspects;
  if (std::exchange(suspect_all_, false)) {
    suspects = claims_.all_waits();
    std::erase_if(suspects, [](const Claim* claim) { return claim->descends == nullptr; });
  } else {
    for (const RequestId request : suspects_) {
      if (Claim* waiter = claims_.waiter(request)) suspects.push_back(waiter);
    }
  }
  suspects_.clear();
  return suspects;
}

bool Engine::any_circle_through(const std::vector<Claim*>& suspects) const {
  return std::any_of(suspects.begin(), suspects.end(), [&](const Claim* suspect) {
    Dependencies dependencies(lineages_);
    dependencies.add(*suspect);
    return dependencies.any_kept_by(*suspect);
  });
}

void Engine::review_deadlocks() {
  // Those that there are may end by what happens to kin or to another thread's wait, which no lock
  // that is watched tells: they are looked at anew while they last.
  if (!deadlocks_.empty()) deadlocks_stale_ = true;
  // And where few wait, nothing is left to what is watched.
  constexpr std::size_t few = 16;
  if (!lineages_.empty() && claims_.waiters() <= few) suspect_all_ = true;
  if (any_deadlock_in_doubt()) settle_deadlocks();
}

bool Engine::any_deadlock_in_doubt() const {
  return deadlocks_stale_ || suspect_all_ || !suspects_.empty();
}

void Engine::settle_deadlocks() {
  std::set<Ticket> known;
  for (const auto& deadlock : deadlocks_) {
    for (const Claim* waiter : deadlock->waits) known.insert(waiter->ticket);
  }
  bool changed = false;
  while (any_deadlock_in_doubt()) {
    const auto suspects = take_suspects();
    if (!std::exchange(deadlocks_stale_, false) && !any_circle_through(suspects)) continue;
    renew_deadlocks(suspects);
    changed = true;
    if (Claim* failed = to_be_failed()) {
      notice_deadlock(*failed, Reason::deadlock);
      refuse_wait(*failed, Reason::deadlock);
      settle();
    }
  }
  if (!changed) return;
  for (const auto& deadlock : deadlocks_) {
    for (const Claim* waiter : deadlock->waits) {
      if (!known.contains(waiter->ticket)) notice_deadlock(*waiter);
    }
  }
}

// Of all that there are, each has a suspect in it or was known before.
void Engine::renew_deadlocks(const std::vector<Claim*>& suspects) {
  Dependencies dependencies(lineages_);
  for (const Claim* suspect : suspects) dependencies.add(*suspect);
  for (const auto& deadlock : deadlocks_) {
    for (const Claim* waiter : deadlock->waits) dependencies.add(*waiter);
  }
  set_deadlocks(find_deadlocks_among(dependencies.locks()));
}

// Tried out on a copy of what there is at these locks.
std::vector<std::vector<RequestId>> Engine::find_deadlocks_among(
    const std::vector<const Lock*>& locks) const {
  const auto copy = Snapshot::copy_part(*this, locks);
  std::vector<std::vector<RequestId>> found;
  if (copy == nullptr) return found;
  copy->let_all_go();
  const auto stuck = copy->claims_.all_waits();
  for (const auto& deadlock : find_deadlocks(copy->locks_, stuck, copy->lineages_)) {
    auto& requests = found.emplace_back();
    for (const Claim* waiter : deadlock.waits) requests.push_back(waiter->request);
  }
  return found;
}

// Lets everybody go whom nobody keeps, and whoever gets in then, until nobody can: all who are left
// are stuck.
void Engine::let_all_go() {
  Effects unseen;
  effects_ = &unseen;
  std::set<Ticket> held;
  for (const Claim* hold : claims_.all_holds()) held.insert(hold->ticket);
  for (const auto& [node, lock] : locks_.locks()) clear_marks(*lock);
  settle();
  for (bool changed = true; changed;) {
    changed = false;
    for (const Claim* hold : claims_.all_holds()) {
      if (held.contains(hold->ticket) && !lineages_.keepers_of(*hold).empty()) continue;
      release(OwnerKey(hold->owner));
      changed = true;
    }
    settle();
  }
  effects_ = nullptr;
}

void Engine::set_deadlocks(const std::vector<std::vector<RequestId>>& found) {
  for (const auto& deadlock : deadlocks_) {
    for (Claim* waiter : deadlock->waits) waiter->extras.edit().deadlock = nullptr;
  }
  deadlocks_.clear();
  watched_.clear();
  Dependencies dependencies(lineages_);
  for (const auto& requests : found) {
    auto& deadlock = *deadlocks_.emplace_back(std::make_unique<Deadlock>());
    for (const RequestId request : requests) {
      Claim& waiter = *claims_.waiter(request);
      waiter.extras.edit().deadlock = &deadlock;
      deadlock.waits.push_back(&waiter);
      dependencies.add(waiter);
    }
  }
  for (const Lock* lock : dependencies.locks()) watched_.insert(lock->node);
}

// It waits no longer. What that changes for the others comes to light at the end of the event.
void Engine::forget_deadlock(Claim& claim) {
  for (const auto& deadlock : deadlocks_) std::erase(deadlock->waits, &claim);
  std::erase_if(deadlocks_, [](const auto& deadlock) { return deadlock->waits.empty(); });
  claim.extras.edit().deadlock = nullptr;
  deadlocks_stale_ = true;
}

// Of those who are part of a deadlock and wait for a lock that lets nobody do so, the one that came
// last.
Claim* Engine::to_be_failed() const {
  Claim* last = nullptr;
  for (const auto& deadlock : deadlocks_) {
    for (Claim* waiter : deadlock->waits) {
      const bool fails = std::ranges::any_of(
          waiter->places(), [](const Want& place) { return place.lock->fail_at_deadlock; });
      if (fails && (last == nullptr || last->ticket < waiter->ticket)) last = waiter;
    }
  }
  return last;
}

void Engine::notice_deadlock(const Claim& claim, Reason reason) {
  Notice& told = notice(NoticeKind::deadlock, claim, 0, reason);
  std::string text;
  for (const Claim* other : claim.extras->deadlock->waits) {
    if (other == &claim && claim.extras->deadlock->waits.size() > 1) continue;
    constexpr std::size_t long_enough = 200;
    if (text.size() > long_enough) {
      text += ", ...";
      break;
    }
    text += (text.empty() ? "with " : ", ") + std::to_string(other->client.thread) + " at " +
            other->places().front().lock->name;
  }
  told.answer = effects_->keep(text);
}

std::vector<std::pair<RequestId, pid_t>> Engine::waits_without_lineage() const {
  std::vector<std::pair<RequestId, pid_t>> waits;
  for (const Claim* claim : claims_.all_waits()) {
    if (claim->descends == nullptr) waits.emplace_back(claim->request, claim->thread);
  }
  return waits;
}

}  // namespace lockfs
