// The engine's invariants, told as code: of its structure, without which nothing could go on, and
// of what it promises.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "core/engine.h"
#include "core/fit.h"
#include "core/kin.h"

namespace lockfs {
namespace {

struct Broken {
  const char* invariant;
};

void require(bool condition, const char* invariant) {
  if (!condition) throw Broken{invariant};
}

template <class Test>
const char* first_broken(Test test) {
  try {
    test();
  } catch (const Broken& broken) {
    return broken.invariant;
  }
  return nullptr;
}

void check_holder(const Grant& holder) {
  require(holder.claim->token != 0, "who holds has a token");
  require(!holder.follows || holder.mode == holder.claim->mode, "a unit is held as was asked");
  const bool fcntl = holder.claim->owner.via == Via::fcntl;
  require(fcntl != holder.claim->fcntl->ranges.empty(), "an fcntl lock has ranges");
  require(!fcntl || holder.claim->fcntl->ranges.mode() == holder.claim->mode,
          "the strongest one counts");
}

const Grant* next_holder(const Grant& grant) { return decltype(Unit::holders)::after(grant); }

// Where somebody has it exclusively.
void check_kinship(const Unit& unit) {
  for (const Grant* grant = unit.holders.first(); grant != nullptr; grant = next_holder(*grant)) {
    for (const Grant* other = next_holder(*grant); other != nullptr; other = next_holder(*other)) {
      const bool share = grant->mode == Mode::shared && other->mode == Mode::shared;
      require(share || akin(*grant->claim, *other->claim), "holders share, or are akin");
    }
  }
}

void check_unit(const Unit& unit) {
  require(Pool::is_free(unit) == (!unit.held() && unit.in_service()), "a unit is free or in use");
  std::uint32_t writers = 0;
  for (const Grant* grant = unit.holders.first(); grant != nullptr; grant = next_holder(*grant)) {
    require(grant->unit == &unit, "a holder points at its unit");
    check_holder(*grant);
    writers += grant->mode == Mode::exclusive ? 1 : 0;
  }
  if (writers > 0) check_kinship(unit);
  require(!unit.cleaning || !unit.held(), "nobody holds what is being cleaned");
  require(writers == unit.writers, "the exclusive holders are counted");
  const Mode strongest = writers > 0 ? Mode::exclusive : Mode::shared;
  require(!unit.held() || unit.mode == strongest, "a unit is held as the strongest holder does");
}

void check_pool(const Pool& pool) {
  std::uint32_t free = 0;
  std::uint32_t usable = 0;
  std::size_t shared = 0;
  const auto is_shared = [](const Unit& unit) {
    return unit.in_service() && unit.held() && unit.mode == Mode::shared;
  };
  for (const auto& unit : pool.units()) {
    check_unit(*unit);
    free += Pool::is_free(*unit) ? 1 : 0;
    usable += unit->retired ? 0 : 1;
    shared += is_shared(*unit) ? 1 : 0;
  }
  for (const Unit* unit : pool.shared()) require(is_shared(*unit), "others can join there");
  require(free == pool.free_count(), "the free units are counted");
  require(usable == pool.usable(), "the usable units are counted");
  require(shared == pool.shared().size(), "the shared units are listed");
}

std::uint32_t count_cleaning(const Lock& lock) {
  const auto& units = lock.pool.units();
  return static_cast<std::uint32_t>(
      std::count_if(units.begin(), units.end(), [](const auto& unit) { return unit->cleaning; }));
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
  require(!can_be_served(claim), "nobody waits who could be served");
  const bool holds = claims.hold_of(claim.owner) != nullptr;
  require(!holds || claim.owner.via == Via::fcntl, "an owner waits or holds, or converts");
}

FileKind kind_of(Via via) {
  if (via == Via::lockerd || via == Via::mutexdaemon) return FileKind::remote;
  return via == Via::hold ? FileKind::hold : FileKind::lock;
}

// What is held or awaited through a descriptor goes with it, so the descriptor knows whose it is.
void check_descriptor(const Claim& claim, const Handle* handle) {
  require(handle != nullptr, "a claim's descriptors are open");
  const auto& owners = handle->owners;
  require(std::find(owners.begin(), owners.end(), claim.owner) != owners.end(),
          "a descriptor knows who holds and waits through it");
  const auto kind = kind_of(claim.owner.via);
  require(handle->kind == kind, "a claim comes through its door's descriptors");
  require(kind == FileKind::lock || owners.size() == 1, "who opens to hold is alone");
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

void Engine::check_ways(const Claim& claim) const {
  check_descriptor(claim, handles_.find(claim.handle));
  for (const HandleId other : claim.fcntl->others) check_descriptor(claim, handles_.find(other));
  for (const auto& range : claim.fcntl->ranges.list()) {
    require(claim.uses(range.through), "a range is locked through a descriptor of its owner");
  }
}

// They are those that there are when everything is looked at.
void Engine::check_deadlocks() const {
  require(suspects_.empty() && !suspect_all_ && !deadlocks_stale_, "all deadlocks are reviewed");
  if (lineages_.empty()) return require(deadlocks_.empty(), "a deadlock has waiters");
  std::vector<const Lock*> locks;
  for (const auto& [node, lock] : locks_.locks()) locks.push_back(lock.get());
  std::vector<std::vector<RequestId>> known;
  for (const auto& deadlock : deadlocks_) {
    auto& requests = known.emplace_back();
    for (const Claim* waiter : deadlock->waits) {
      requests.push_back(waiter->request);
      require(waiter->extras->deadlock == deadlock.get(), "who is part of a deadlock knows it");
    }
  }
  require(known == find_deadlocks_among(locks), "all deadlocks are known, and no others");
}

// Each is told of when it is due, and who is to yield does so when somebody waits.
void Engine::check_deadlines() const {
  std::size_t timed = 0;
  for (const Claim* hold : claims_.all_holds()) {
    if (hold->deadline != 0) {
      ++timed;
      require(deadlines_.has(*hold), "a hold with a deadline is listed");
      require(first_deadline(*hold, hold->deadline - 1) == hold->deadline,
              "a deadline is one of a lock that is held");
    }
  }
  for (const auto& [node, lock] : locks_.locks()) {
    require(first_to_yield(*lock) == nullptr, "who is to yield keeps nobody waiting");
  }
  require(timed == deadlines_.size(), "the holds with a deadline are listed");
}

const char* Engine::broken_structure() const {
  return first_broken([this] {
    require(unsettled_.empty(), "everything is settled");
    for (const auto& [node, lock] : locks_.locks()) {
      check_pool(lock->pool);
      require(lock->claims == count_claims(*lock), "a lock's claims are counted");
      require(lock->cleaning == count_cleaning(*lock),
              "a lock's units that are cleaned are counted");
      for (const auto& unit : lock->pool.units()) {
        require(unit->joiners == count_joiners(*unit), "those who join are counted");
        const auto* grant = unit->holders.first();
        for (; grant != nullptr; grant = next_holder(*grant)) check_ways(*grant->claim);
      }
    }
    for (const Claim* claim : claims_.all_waits()) {
      require(claim->grants.empty(), "who waits holds nothing");
      const bool alone =
          claim->owner.via != Via::hold || claims_.waits_of(claim->owner).size() == 1;
      require(alone, "who opens to hold is alone");
      check_ways(*claim);
    }
  });
}

const char* Engine::broken_promise() const {
  return first_broken([this] {
    for (const auto& [node, lock] : locks_.locks()) {
      require(lock->stays() || lock->in_use(), "an unused lock goes");
    }
    for (const HandleId id : handles_.polled()) {
      const Handle& handle = *handles_.find(id);
      require(handle.extras->poller->told == poll_state(handle),
              "who polls was told what there is to tell");
    }
    require(handles_.polled().size() == polled_, "the polled descriptors are counted");
    for (const Claim* claim : claims_.all_waits()) {
      check_waiter(*claim, claims_);
      require(claim->base == base_of(*claim), "who has kin that holds joins it");
    }
    check_deadlocks();
    check_deadlines();
  });
}

void Engine::check() const {
  const char* broken = broken_structure();
  if (broken == nullptr) broken = broken_promise();
  if (broken == nullptr) return;
  std::fprintf(stderr, "lockfs: broken invariant: %s\n", broken);
  std::abort();
}

}  // namespace lockfs
