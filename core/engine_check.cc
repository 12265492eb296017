// The engine's invariants, told as code. Tests call this after every event.
#include <cstdio>
#include <cstdlib>
#include <set>

#include "core/engine.h"
#include "core/fit.h"

namespace lockfs {
namespace {

void require(bool condition, const char* invariant) {
  if (condition) return;
  std::fprintf(stderr, "lockfs: broken invariant: %s\n", invariant);
  std::abort();
}

void check_unit(const Unit& unit) {
  require(Pool::is_free(unit) == (!unit.held() && !unit.retired), "a unit is free or in use");
  const Grant* first = unit.holders.first();
  const bool alone = first == nullptr || decltype(unit.holders)::after(*first) == nullptr;
  require(alone || unit.mode == Mode::shared, "an exclusive holder is alone");
  for (const Grant* grant = first; grant != nullptr;
       grant = decltype(unit.holders)::after(*grant)) {
    require(grant->unit == &unit, "a holder points at its unit");
    require(grant->claim->token != 0, "who holds has a token");
  }
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
  require(claims.hold_of(claim.owner) == nullptr, "an owner waits or holds");
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

}  // namespace

void Engine::check() const {
  require(unsettled_.empty(), "everything is settled");
  for (const auto& [node, lock] : locks_.locks()) {
    check_pool(lock->pool);
    require(lock->claims == count_claims(*lock), "a lock's claims are counted");
    require(lock->configured || lock->lasting || lock->in_use(), "an unused lock goes");
  }
  for (const Claim* claim : claims_.all_waits()) check_waiter(*claim, claims_);
}

}  // namespace lockfs
