// The engine's invariants, told as code. Tests call this after every event.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "core/engine.h"
#include "core/fit.h"
#include "core/kin.h"

namespace lockfs {
namespace {

void require(bool condition, const char* invariant) {
  if (condition) return;
  std::fprintf(stderr, "lockfs: broken invariant: %s\n", invariant);
  std::abort();
}

void check_holder(const Grant& holder) {
  require(holder.claim->token != 0, "who holds has a token");
  const bool fcntl = holder.claim->owner.via == Via::fcntl;
  require(fcntl != holder.claim->ranges.empty(), "an fcntl lock has ranges");
  require(!fcntl || holder.claim->ranges.mode() == holder.claim->mode, "the strongest one counts");
}

void check_unit(const Unit& unit) {
  require(Pool::is_free(unit) == (!unit.held() && !unit.retired), "a unit is free or in use");
  const auto after = [](const Grant* grant) { return decltype(unit.holders)::after(*grant); };
  std::uint32_t writers = 0;
  for (const Grant* grant = unit.holders.first(); grant != nullptr; grant = after(grant)) {
    require(grant->unit == &unit, "a holder points at its unit");
    check_holder(*grant);
    writers += grant->mode == Mode::exclusive ? 1 : 0;
    for (const Grant* other = after(grant); other != nullptr; other = after(other)) {
      const bool share = grant->mode == Mode::shared && other->mode == Mode::shared;
      require(share || akin(*grant->claim, *other->claim), "holders share, or are akin");
    }
  }
  require(writers == unit.writers, "the exclusive holders are counted");
  const Mode strongest = writers > 0 ? Mode::exclusive : Mode::shared;
  require(!unit.held() || unit.mode == strongest, "a unit is held as the strongest holder does");
}

void check_pool(const Pool& pool) {
  std::uint32_t free = 0;
  std::uint32_t usable = 0;
  std::size_t shared = 0;
  for (const auto& unit : pool.units()) {
    check_unit(*unit);
    free += Pool::is_free(*unit) ? 1 : 0;
    usable += unit->retired ? 0 : 1;
    shared += !unit->retired && unit->held() && unit->mode == Mode::shared ? 1 : 0;
  }
  require(free == pool.free_count(), "the free units are counted");
  require(usable == pool.usable(), "the usable units are counted");
  require(shared == pool.shared().size(), "the shared units are listed");
}

bool can_be_served(const Claim& claim) {
  if (claim.base != nullptr) return may_join(claim);
  std::vector<Unit*> chosen;
  for (const auto& alternative : claim.alternatives) {
    bool all = true;
    for (const auto& want : alternative) {
      all = all && choose_units(want, claim.ticket, {}, chosen);
    }
    if (all) return true;
  }
  return false;
}

void check_waiter(const Claim& claim, const ClaimTable& claims) {
  require(claim.grants.empty(), "who waits holds nothing");
  require(!can_be_served(claim), "nobody waits who could be served");
  const bool holds = claims.hold_of(claim.owner) != nullptr;
  require(!holds || claim.owner.via == Via::fcntl, "an owner waits or holds, or converts");
}

std::size_t count_places(const Line& line) { return line.exclusive.size() + line.shared.size(); }

std::size_t count_claims(const Lock& lock) {
  std::size_t count = count_places(lock.line);
  for (const auto& unit : lock.pool.units()) {
    const auto* grant = unit->holders.first();
    for (; grant != nullptr; grant = decltype(unit->holders)::after(*grant)) ++count;
    count += count_places(unit->pickers);
  }
  return count;
}

std::size_t count_joiners(const Unit& unit) {
  const auto joins = [](const auto& place) { return place.second.claim->base != nullptr; };
  const auto count = [&](const Line::Places& places) {
    return std::count_if(places.begin(), places.end(), joins);
  };
  return static_cast<std::size_t>(count(unit.pickers.exclusive) + count(unit.pickers.shared));
}

}  // namespace

void Engine::check() const {
  require(unsettled_.empty(), "everything is settled");
  for (const auto& [node, lock] : locks_.locks()) {
    check_pool(lock->pool);
    require(lock->claims == count_claims(*lock), "a lock's claims are counted");
    for (const auto& unit : lock->pool.units()) {
      require(unit->joiners == count_joiners(*unit), "those who join are counted");
    }
    require(lock->configured || lock->lasting || lock->in_use(), "an unused lock goes");
  }
  for (const Claim* claim : claims_.all_waits()) {
    check_waiter(*claim, claims_);
    require(claim->base == base_of(*claim), "who has kin that holds joins it");
  }
}

}  // namespace lockfs
