#include "core/fit.h"

#include <algorithm>

#include "core/lock.h"

namespace lockfs {
namespace {

// The lock as a claim with this ticket may see it: without what those before it have set aside.
class Leftovers {
 public:
  Leftovers(const Lock& lock, Ticket ticket) : lock_(lock), ticket_(ticket) {}

  // Somebody earlier picked this unit, in a mode that conflicts with `mode`.
  bool spoken_for(const Unit& unit, Mode mode) const {
    if (Line::stands_before(unit.pickers.exclusive, ticket_)) return true;
    return mode == Mode::exclusive && Line::stands_before(unit.pickers.shared, ticket_);
  }

  // Free units that no earlier picker has set aside.
  std::uint32_t free_for(Mode mode) const {
    std::uint32_t count = lock_.pool.free_count();
    for (const Unit* unit : lock_.picked) {
      if (Pool::is_free(*unit) && spoken_for(*unit, mode)) --count;
    }
    return count;
  }

  // Units held shared that a sharer may join.
  bool joinable(const Unit& unit) const {
    return !unit.retired && unit.held() && unit.mode == Mode::shared &&
           !spoken_for(unit, Mode::shared);
  }
  std::uint32_t joinable_count() const {
    const auto& units = lock_.pool.shared();
    return static_cast<std::uint32_t>(
        std::count_if(units.begin(), units.end(), [&](Unit* unit) { return joinable(*unit); }));
  }

  // Units that earlier exclusive waiters want; counted no further than just above `cap`.
  std::uint64_t exclusive_demand(std::uint64_t cap) const {
    std::uint64_t demand = 0;
    for (const auto& [ticket, place] : lock_.line.exclusive) {
      if (ticket >= ticket_ || demand > cap) break;
      demand += place.count;
    }
    return demand;
  }

  // Units that earlier waiters of any mode want. Earlier sharers need free ones only when there is
  // none to join, and then share among themselves.
  std::uint64_t demand(std::uint64_t cap) const { return exclusive_demand(cap) + shared_demand(); }

 private:
  std::uint64_t shared_demand() const {
    if (!Line::stands_before(lock_.line.shared, ticket_)) return 0;
    std::uint64_t most = 1;
    for (const auto& [ticket, count] : lock_.line.wide_shared) {
      if (ticket >= ticket_) break;
      most = std::max<std::uint64_t>(most, count);
    }
    const std::uint64_t joined = joinable_count();
    return most > joined ? most - joined : 0;
  }

  const Lock& lock_;
  Ticket ticket_;
};

// How many units a sharer can join and how many free ones it needs besides, or that it must wait.
bool sharing_fits(const Leftovers& left, std::uint32_t count) {
  const std::uint64_t demand = left.exclusive_demand(left.free_for(Mode::exclusive));
  if (demand > left.free_for(Mode::exclusive)) return false;  // a writer before us is waiting
  const std::uint32_t joined = std::min(count, left.joinable_count());
  return left.free_for(Mode::shared) >= demand + (count - joined);
}

bool exclusive_fits(const Leftovers& left, std::uint32_t count) {
  const std::uint64_t free = left.free_for(Mode::exclusive);
  return free >= count && free >= left.demand(free) + count;
}

bool picked_unit_fits(const Leftovers& left, const Want& want) {
  const Unit& unit = *want.unit;
  if (left.spoken_for(unit, want.mode)) return false;
  if (want.mode == Mode::shared && left.joinable(unit)) {
    return left.exclusive_demand(left.free_for(Mode::exclusive)) <= left.free_for(Mode::exclusive);
  }
  if (!Pool::is_free(unit)) return false;
  if (want.mode == Mode::exclusive) return exclusive_fits(left, 1);
  const std::uint64_t free = left.free_for(Mode::shared);
  return free >= left.exclusive_demand(free) + 1;
}

class Chooser {
 public:
  Chooser(const Leftovers& left, const Want& want, std::vector<Unit*>& chosen)
      : left_(left), want_(want), chosen_(chosen), begin_(chosen.size()) {}

  void join_shared() {
    for (Unit* unit : want_.lock->pool.shared()) {
      if (left_.joinable(*unit)) add(unit);
    }
  }
  void keep(std::span<const Grant> preferred) {
    for (const Grant& grant : preferred) {
      if (grant.lock == want_.lock && Pool::is_free(*grant.unit)) add_free(grant.unit);
    }
  }
  void take_free() {
    Unit* unit = want_.lock->pool.first_free();
    for (; unit != nullptr && !full(); unit = Pool::next_free(*unit)) add_free(unit);
  }

 private:
  bool full() const { return chosen_.size() - begin_ == want_.count; }
  void add(Unit* unit) {
    if (!full()) chosen_.push_back(unit);
  }
  void add_free(Unit* unit) {
    const auto first = chosen_.begin() + static_cast<std::ptrdiff_t>(begin_);
    if (left_.spoken_for(*unit, want_.mode)) return;
    if (std::find(first, chosen_.end(), unit) == chosen_.end()) add(unit);
  }

  const Leftovers& left_;
  const Want& want_;
  std::vector<Unit*>& chosen_;
  std::size_t begin_;
};

}  // namespace

bool choose_units(const Want& want, Ticket ticket, std::span<const Grant> preferred,
                  std::vector<Unit*>& chosen) {
  const Leftovers left(*want.lock, ticket);
  if (want.unit != nullptr) {
    if (!picked_unit_fits(left, want)) return false;
    chosen.push_back(want.unit);
    return true;
  }
  const bool shared = want.mode == Mode::shared;
  if (!(shared ? sharing_fits(left, want.count) : exclusive_fits(left, want.count))) return false;
  Chooser chooser(left, want, chosen);
  if (shared) chooser.join_shared();
  chooser.keep(preferred);
  chooser.take_free();
  return true;
}

}  // namespace lockfs
