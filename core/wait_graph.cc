#include "core/wait_graph.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "core/digraph.h"
#include "core/fit.h"
#include "core/kin.h"

namespace lockfs {
namespace {

using Node = Digraph::Node;

template <class Visit>
void for_each_holder(const Unit& unit, Visit visit) {
  for (const auto* grant = unit.holders.first(); grant != nullptr;
       grant = decltype(unit.holders)::after(*grant)) {
    visit(*grant);
  }
}

// Calls visit(line) for that of the lock and those of its picked units.
template <class Visit>
void for_each_line(const Lock& lock, Visit visit) {
  visit(lock.line);
  for (const Unit* unit : lock.picked) visit(unit->pickers);
}

// Whether a waiter could have what it wants at this place in line, and only waits for other locks.
bool can_have(const Claim& waiter, const Lock& lock, const Unit* unit) {
  std::vector<Unit*> units;
  const auto fits = [&](const Want& want) {
    return want.lock == &lock && want.unit == unit && choose_units(want, waiter.ticket, {}, units);
  };
  return waiter.base != nullptr ||
         std::any_of(
             waiter.alternatives.begin(), waiter.alternatives.end(),
             [&](const Alternative& all) { return std::any_of(all.begin(), all.end(), fits); });
}

// Many may stand in the way of many. So whoever waits is not connected with each of them, but with
// nodes that stand for several: the holders of a unit or a lock, and the waiters of a line up to a
// place in it, each mode apart.
class GraphBuilder {
 public:
  explicit GraphBuilder(const Lineages& lineages) : lineages_(lineages) {}

  void add_lock(const Lock& lock) {
    const Node all = graph_.add();
    const Node writers = graph_.add();
    holders_.emplace(&lock, Holders{all, writers});
    for (const auto& unit : lock.pool.units()) {
      if (!unit->held()) continue;
      const Holders of_unit = add_holders(*unit);
      graph_.connect(all, of_unit.all);
      graph_.connect(writers, of_unit.writers);
    }
    add_line(lock, nullptr, lock.line);
    for (Unit* unit : lock.picked) add_line(lock, unit, unit->pickers);
  }

  // The locks it waits for must be there.
  void add_waiter(const Claim& waiter) {
    if (waiter.base != nullptr) return add_joiner(waiter);
    for (const auto& alternative : waiter.alternatives) {
      for (const auto& want : alternative) {
        std::vector<Unit*> units;
        if (!choose_units(want, waiter.ticket, {}, units)) add_want(waiter, want);
      }
    }
  }

  std::vector<Deadlock> deadlocks() const {
    std::vector<Deadlock> result;
    for (const auto& circle : graph_.circles()) {
      Deadlock deadlock;
      for (const Node node : circle) {
        const auto waiter = waiters_.find(node);
        if (waiter != waiters_.end()) deadlock.waits.push_back(waiter->second);
      }
      std::sort(deadlock.waits.begin(), deadlock.waits.end(),
                [](const Claim* a, const Claim* b) { return a->ticket < b->ticket; });
      result.push_back(std::move(deadlock));
    }
    std::sort(result.begin(), result.end(), [](const Deadlock& a, const Deadlock& b) {
      return a.waits.front()->ticket < b.waits.front()->ticket;
    });
    return result;
  }

 private:
  struct Holders {
    Node all;
    Node writers;
  };
  struct Waiters {
    std::map<Ticket, Node> all;
    std::map<Ticket, Node> able;  // who could have what they want here
  };

  Node node_of(const Claim& claim) {
    const auto [known, is_new] = claims_.try_emplace(&claim);
    if (is_new) known->second = graph_.add();
    return known->second;
  }

  Node node_of_hold(const Claim& hold) {
    const bool is_new = !claims_.contains(&hold);
    const Node node = node_of(hold);
    if (!is_new) return node;
    for (Claim* keeper : lineages_.keepers_of(hold)) graph_.connect(node, node_of_wait(*keeper));
    return node;
  }

  Node node_of_wait(Claim& waiter) {
    const Node node = node_of(waiter);
    waiters_.emplace(node, &waiter);
    return node;
  }

  Holders add_holders(const Unit& unit) {
    const Holders holders{graph_.add(), graph_.add()};
    for_each_holder(unit, [&](const Grant& grant) {
      const Node hold = node_of_hold(*grant.claim);
      graph_.connect(holders.all, hold);
      if (grant.mode == Mode::exclusive) graph_.connect(holders.writers, hold);
    });
    holders_.emplace(&unit, holders);
    return holders;
  }

  void add_line(const Lock& lock, const Unit* unit, const Line& line) {
    for (const auto* places : {&line.exclusive, &line.shared}) {
      auto& [all, able] = places_[places];
      for (const auto& [ticket, place] : *places) {
        const Node waiter = node_of_wait(*place.claim);
        append(all, ticket, waiter);
        if (can_have(*place.claim, lock, unit)) append(able, ticket, waiter);
      }
    }
  }

  // A node for this waiter and all before it.
  void append(std::map<Ticket, Node>& nodes, Ticket ticket, Node waiter) {
    const Node node = graph_.add();
    graph_.connect(node, waiter);
    if (!nodes.empty()) graph_.connect(node, nodes.rbegin()->second);
    nodes.emplace_hint(nodes.end(), ticket, node);
  }

  void wait_for_holders(Node waiter, const void* lock_or_unit, Mode mode) {
    const auto found = holders_.find(lock_or_unit);
    if (found == holders_.end()) return;
    graph_.connect(waiter, mode == Mode::exclusive ? found->second.all : found->second.writers);
  }

  void wait_for_earlier(Node waiter, Ticket ticket, const std::map<Ticket, Node>& nodes) {
    const auto behind = nodes.lower_bound(ticket);
    if (behind != nodes.begin()) graph_.connect(waiter, std::prev(behind)->second);
  }

  void add_want(const Claim& claim, const Want& want) {
    const Node waiter = node_of(claim);
    wait_for_holders(waiter, want.unit != nullptr ? static_cast<const void*>(want.unit) : want.lock,
                     want.mode);
    for_each_line(*want.lock, [&](const Line& line) {
      const bool same_unit = want.unit == nullptr || &line == &want.unit->pickers;
      if (!same_unit && &line != &want.lock->line) return;
      const bool writes = want.mode == Mode::exclusive;
      const auto& writers = places_[&line.exclusive];
      const auto& readers = places_[&line.shared];
      const bool only_able = writes && same_unit;
      wait_for_earlier(waiter, claim.ticket, only_able ? writers.able : writers.all);
      if (writes) wait_for_earlier(waiter, claim.ticket, only_able ? readers.able : readers.all);
    });
  }

  // Who waits for its kin's units waits for the others there, and for those who join before it.
  void add_joiner(const Claim& joiner) {
    const Node node = node_of(joiner);
    for (const auto& place : joiner.places()) {
      const auto conflicts = [&](const Claim& other, Mode mode) {
        const bool share = mode == Mode::shared && place.mode == Mode::shared;
        return !share && !akin(joiner, other);
      };
      for_each_holder(*place.unit, [&](const Grant& grant) {
        if (conflicts(*grant.claim, grant.mode)) graph_.connect(node, node_of_hold(*grant.claim));
      });
      const auto wait_for = [&](const Line::Places& places, Mode mode) {
        for (const auto& [ticket, other] : places) {
          if (ticket >= joiner.ticket) break;
          const bool joins = other.claim->base != nullptr;
          if (joins && conflicts(*other.claim, mode)) graph_.connect(node, node_of(*other.claim));
        }
      };
      wait_for(place.unit->pickers.exclusive, Mode::exclusive);
      wait_for(place.unit->pickers.shared, Mode::shared);
    }
  }

  const Lineages& lineages_;
  Digraph graph_;
  std::unordered_map<const Claim*, Node> claims_;
  std::unordered_map<Node, Claim*> waiters_;
  std::unordered_map<const void*, Holders> holders_;  // of locks and units
  std::unordered_map<const Line::Places*, Waiters> places_;
};

}  // namespace

std::vector<Deadlock> find_deadlocks(const LockTable& locks, const std::vector<Claim*>& waits,
                                     const Lineages& lineages) {
  GraphBuilder builder(lineages);
  for (const auto& [node, lock] : locks.locks()) builder.add_lock(*lock);
  for (const Claim* waiter : waits) builder.add_waiter(*waiter);
  return builder.deadlocks();
}

void Dependencies::add(const Lock& lock) {
  const auto by_node = [](const Lock* a, const Lock* b) { return a->node < b->node; };
  const auto at = std::lower_bound(locks_.begin(), locks_.end(), &lock, by_node);
  if (at != locks_.end() && *at == &lock) return;
  locks_.insert(at, &lock);
  left_.push_back(&lock);
}

// Who waits for its kin's units may have to stand in line again.
void Dependencies::add_places(const Claim& waiter) {
  for (const auto& place : waiter.places()) add(*place.lock);
  if (waiter.base == nullptr) return;
  for (const auto& alternative : waiter.alternatives) {
    for (const auto& want : alternative) add(*want.lock);
  }
}

void Dependencies::add(const Claim& waiter) {
  add_places(waiter);
  while (!left_.empty()) {
    const Lock& lock = *left_.back();
    left_.pop_back();
    follow(lock);
  }
}

void Dependencies::follow(const Lock& lock) {
  for (const auto& unit : lock.pool.units()) {
    for_each_holder(*unit, [&](const Grant& grant) {
      for (const Claim* keeper : lineages_.keepers_of(*grant.claim)) add_places(*keeper);
    });
  }
  if (lock.wide == 0) return;
  for_each_line(lock, [&](const Line& line) {
    for (const auto* places : {&line.exclusive, &line.shared}) {
      for (const auto& [ticket, place] : *places) {
        if (place.claim->is_wide()) add_places(*place.claim);
      }
    }
  });
}

bool Dependencies::any_kept_by(const Claim& waiter) const {
  const auto keeps = [&](const Unit& unit) {
    bool any = false;
    for_each_holder(
        unit, [&](const Grant& grant) { any = any || lineages_.keeps(waiter, *grant.claim); });
    return any;
  };
  return std::any_of(locks_.begin(), locks_.end(), [&](const Lock* lock) {
    const auto& units = lock->pool.units();
    return std::any_of(units.begin(), units.end(), [&](const auto& unit) { return keeps(*unit); });
  });
}

// A clock that was set back tells nothing.
bool moves_up(const Claim& waiter, WallTime now) {
  constexpr WallTime moment = 100'000'000;
  constexpr WallTime believed = 100 * moment;
  if (now - waiter.since > believed) return false;
  return std::ranges::all_of(waiter.places(), [now](const Want& place) {
    const WallTime got = place.unit != nullptr ? place.unit->since : place.lock->last_grant;
    return got <= now && now - got < moment;
  });
}

}  // namespace lockfs
