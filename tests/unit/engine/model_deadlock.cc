// The model's deadlocks (core/wait_graph.h): everybody is let go on a copy of everything, and of
// those who are left each is held against each.
#include <iterator>

#include "tests/unit/engine/model.h"

namespace lockfs::model {
namespace {

bool was(const Forebear& process, pid_t id, std::int64_t then) {
  return id != 0 && process.process == id && process.started <= then;
}

bool keeps(const Claim& waiter, const Claim& hold) {
  if (waiter.token != 0 || waiter.lineage.empty()) return false;
  const Forebear& own = waiter.lineage.front();
  if (was(own, hold.asker.process, hold.asker.asked)) return waiter.thread == hold.thread;
  const bool main_thread = waiter.thread == own.process;
  if (main_thread && was(own, hold.client.thread, hold.client.opened)) return true;
  return std::any_of(std::next(waiter.lineage.begin()), waiter.lineage.end(), [&](auto& process) {
    return was(process, hold.client.thread, hold.client.opened) ||
           was(process, hold.asker.process, hold.asker.asked);
  });
}

bool share(Mode a, Mode b) { return a == Mode::shared && b == Mode::shared; }

}  // namespace

void Model::on(const event::Lineage& e) {
  Claim* waiting = waiter(e.request);
  if (waiting != nullptr && !e.processes.empty()) waiting->lineage = e.processes;
}

bool Model::kept(const Claim& hold) const {
  return std::any_of(claims_.begin(), claims_.end(),
                     [&](const Claim& claim) { return keeps(claim, hold); });
}

void Model::let_all_go() {
  std::set<Ticket> held;
  for (const auto& claim : claims_) {
    if (claim.token != 0) held.insert(claim.ticket);
  }
  for (auto& [name, lock] : locks_) {
    lock.draining.reset();
    for (auto& unit : lock.units) mark(unit, std::nullopt);
  }
  settle();
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& claim : std::vector(claims_)) {
      if (claim.token == 0 || (held.count(claim.ticket) != 0 && kept(claim))) continue;
      let_go(claim);
      changed = true;
    }
    settle();
  }
}

// Whether the other, a holder or one who came earlier, has or wants what is wanted here.
bool Model::bars(const Claim& waiter, const Want& want, const Claim& other) const {
  const auto overlaps = [&](const std::string& lock, const std::optional<std::string>& unit) {
    return lock == want.lock && (!unit || !want.unit || unit == want.unit);
  };
  if (other.token != 0) {
    return std::any_of(other.got.begin(), other.got.end(), [&](const Got& got) {
      return overlaps(got.lock, got.unit) && !share(got.mode, want.mode);
    });
  }
  if (other.ticket >= waiter.ticket) return false;
  const auto places = places_of(other);
  return std::any_of(places.begin(), places.end(), [&](const Want& place) {
    if (!overlaps(place.lock, place.unit) || share(place.mode, want.mode)) return false;
    const bool wider = want.mode == Mode::exclusive && (!want.unit || want.unit == place.unit);
    return !wider || can_have(other, place);
  });
}

// Else it is held up by the same as whoever wants the same behind it.
bool Model::can_have(const Claim& waiter, const Want& place) const {
  if (base_of(waiter) != nullptr) return true;
  for (const auto& wants : wants_of(waiter)) {
    for (const auto& want : wants) {
      const bool here = want.lock == place.lock && want.unit == place.unit;
      if (here && fit(want, waiter.ticket, {})) return true;
    }
  }
  return false;
}

bool Model::stands_in_the_way(const Claim& claim, const Claim& other) const {
  if (claim.token != 0) return keeps(other, claim);
  if (base_of(claim) != nullptr) {
    if (are_akin(claim, other) || (other.token == 0 && base_of(other) == nullptr)) return false;
    const auto places = places_of(claim);
    return std::any_of(places.begin(), places.end(),
                       [&](const Want& place) { return bars(claim, place, other); });
  }
  for (const auto& wants : wants_of(claim)) {
    for (const auto& want : wants) {
      if (!fit(want, claim.ticket, {}) && bars(claim, want, other)) return true;
    }
  }
  return false;
}

std::vector<std::set<Ticket>> Model::deadlocks() const {
  const auto keeps_nothing = [](const Claim& claim) { return claim.lineage.empty(); };
  if (std::all_of(claims_.begin(), claims_.end(), keeps_nothing)) return {};
  Model what_if = *this;
  what_if.let_all_go();
  const auto& stuck = what_if.claims_;
  if (stuck.empty()) return {};
  const std::size_t count = stuck.size();
  std::vector<std::vector<bool>> leads(count, std::vector<bool>(count));
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < count; ++j) {
      leads[i][j] = i != j && what_if.stands_in_the_way(stuck[i], stuck[j]);
    }
  }
  for (std::size_t k = 0; k < count; ++k) {
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < count; ++j) {
        if (leads[i][k] && leads[k][j]) leads[i][j] = true;
      }
    }
  }
  std::vector<std::set<Ticket>> found;
  for (std::size_t i = 0; i < count; ++i) {
    std::set<Ticket> circle;
    for (std::size_t j = 0; j < count; ++j) {
      if (stuck[j].token == 0 && leads[i][j] && leads[j][i]) circle.insert(stuck[j].ticket);
    }
    if (stuck[i].token == 0 && !circle.empty()) found.push_back(circle);
  }
  return found;
}

Claim* Model::to_be_failed() {
  Claim* last = nullptr;
  for (auto& claim : claims_) {
    if (!claim.deadlock) continue;
    for (const auto& place : places_of(claim)) {
      if (locks_.at(place.lock).fail_at_deadlock) last = &claim;
    }
  }
  return last;
}

void Model::review_deadlocks() {
  for (;;) {
    for (auto& claim : claims_) claim.deadlock.reset();
    for (const auto& circle : deadlocks()) {
      for (auto& claim : claims_) {
        if (claim.token == 0 && circle.count(claim.ticket) != 0) claim.deadlock = circle;
      }
    }
    const Claim* failed = to_be_failed();
    if (failed == nullptr) return;
    const RequestId id = failed->request;
    remove_wait(id);
    answer({.id = id, .reason = Reason::deadlock});
    settle();
  }
}

}  // namespace lockfs::model
