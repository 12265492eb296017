#include "core/fit.h"

#include <algorithm>

#include "core/lock.h"

namespace lockfs {
namespace {

// The lock as a claim with this ticket may see it: without what those before it have set aside.
class Leftovers {
 public:
  Leftovers(const Lock& lock, Ticket ticket)
      : lock_(lock), ticket_(ticket), plain_(lock.pool.free_count()) {
    for (const Unit* unit : lock.picked) {
      if (!Pool::is_free(*unit) || !spoken_for(*unit, Mode::exclusive)) continue;
      --plain_;
      if (!spoken_for(*unit, Mode::shared)) ++for_sharers_;
    }
  }

  // Somebody earlier picked this unit, in a mode that conflicts with `mode`.
  bool spoken_for(const Unit& unit, Mode mode) const {
    if (Line::stands_before(unit.pickers.exclusive, ticket_)) return true;
    return mode == Mode::exclusive && Line::stands_before(unit.pickers.shared, ticket_);
  }

  // A unit held shared that a sharer may join.
  bool joinable(const Unit& unit) const {
    return unit.in_service() && unit.held() && unit.mode == Mode::shared &&
           !spoken_for(unit, Mode::shared);
  }

  // Whether sharers alone have set aside free units, which another sharer uses first.
  bool any_for_sharers() const { return for_sharers_ > 0; }

  // Whether so many plain free units (that nobody before picked) are left for an exclusive claim.
  bool exclusive_fits(std::uint64_t count) const {
    return plain_ >= count && plain_ >= exclusive_demand() + shared_demand() + count;
  }

  // The same for a sharer that needs `count` plain units besides those it can join. Sharers before
  // it use the same ones; it must not pass a writer for whom there is nothing left.
  bool sharing_fits(std::uint64_t count) const {
    const std::uint64_t writers = exclusive_demand();
    if (writers == 0) return plain_ >= count;
    return plain_ >= writers + std::max(shared_demand(), count);
  }

  // How many plain units sharing `count` units takes.
  std::uint64_t plain_needed(std::uint64_t count) const {
    const auto& units = lock_.pool.shared();
    const auto joined =
        std::count_if(units.begin(), units.end(), [&](Unit* unit) { return joinable(*unit); });
    const std::uint64_t usable = static_cast<std::uint64_t>(joined) + for_sharers_;
    return count > usable ? count - usable : 0;
  }

 private:
  // Units that earlier exclusive waiters want; counted no further than to just above what is there.
  std::uint64_t exclusive_demand() const {
    std::uint64_t demand = 0;
    for (const auto& [ticket, place] : lock_.line.exclusive) {
      if (ticket >= ticket_ || demand > plain_) break;
      demand += place.count;
    }
    return demand;
  }

  // Plain units that earlier sharers want: together, what the one who wants most wants.
  std::uint64_t shared_demand() const {
    if (!Line::stands_before(lock_.line.shared, ticket_)) return 0;
    std::uint64_t most = 1;
    if (!lock_.line.wide_shared) return plain_needed(most);
    for (const auto& [ticket, count] : *lock_.line.wide_shared) {
      if (ticket >= ticket_) break;
      most = std::max<std::uint64_t>(most, count);
    }
    return plain_needed(most);
  }

  const Lock& lock_;
  Ticket ticket_;
  std::uint32_t plain_;
  std::uint32_t for_sharers_ = 0;
};

bool picked_unit_fits(const Leftovers& left, const Want& want) {
  const Unit& unit = *want.unit;
  if (left.spoken_for(unit, want.mode)) return false;
  if (want.mode == Mode::exclusive) return Pool::is_free(unit) && left.exclusive_fits(1);
  if (!Pool::is_free(unit)) return left.joinable(unit) && left.sharing_fits(0);
  return left.sharing_fits(left.spoken_for(unit, Mode::exclusive) ? 0 : 1);
}

class Chooser {
 public:
  Chooser(const Leftovers& left, const Want& want, std::vector<Unit*>& chosen)
      : left_(left), want_(want), chosen_(chosen), begin_(chosen.size()), known_(begin_) {}

  void join_shared() {
    for (Unit* unit : want_.lock->pool.shared()) {
      if (left_.joinable(*unit)) add(unit);
    }
  }
  void keep(std::span<const Grant> preferred) {
    known_ = chosen_.size();
    for (const Grant& grant : preferred) {
      if (grant.lock == want_.lock && Pool::is_free(*grant.unit)) add_free(grant.unit);
    }
  }
  void take_free() {
    take_free_if([](const Unit&) { return true; });
  }
  void take_sharers() {
    if (!left_.any_for_sharers()) return;
    take_free_if([&](const Unit& unit) { return left_.spoken_for(unit, Mode::exclusive); });
  }

 private:
  bool full() const { return chosen_.size() - begin_ == want_.count; }
  template <class Condition>
  void take_free_if(Condition condition) {
    known_ = chosen_.size();
    Unit* unit = want_.lock->pool.first_free();
    for (; unit != nullptr && !full(); unit = Pool::next_free(*unit)) {
      if (condition(*unit)) add_free(unit);
    }
  }
  void add(Unit* unit) {
    if (!full()) chosen_.push_back(unit);
  }
  void add_free(Unit* unit) {
    if (left_.spoken_for(*unit, want_.mode)) return;
    const auto first = chosen_.begin() + static_cast<std::ptrdiff_t>(begin_);
    const auto last = chosen_.begin() + static_cast<std::ptrdiff_t>(known_);
    if (std::find(first, last, unit) == last) add(unit);
  }

  const Leftovers& left_;
  const Want& want_;
  std::vector<Unit*>& chosen_;
  std::size_t begin_;
  std::size_t known_;  // those before may come up again
};

}  // namespace

bool choose_units(const Want& want, Ticket ticket, std::span<const Grant> preferred,
                  std::vector<Unit*>& chosen) {
  if (want.lock->draining) return false;
  const Leftovers left(*want.lock, ticket);
  if (want.unit != nullptr) {
    if (!picked_unit_fits(left, want)) return false;
    chosen.push_back(want.unit);
    return true;
  }
  const bool shared = want.mode == Mode::shared;
  if (!(shared ? left.sharing_fits(left.plain_needed(want.count))
               : left.exclusive_fits(want.count))) {
    return false;
  }
  Chooser chooser(left, want, chosen);
  if (shared) {
    chooser.join_shared();
    chooser.take_sharers();
  }
  chooser.keep(preferred);
  chooser.take_free();
  return true;
}

}  // namespace lockfs
