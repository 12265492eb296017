// The waiters for a lock (any unit of it) or for one picked unit, each mode in the order of
// tickets.
#pragma once

#include <map>
#include <memory>

#include "core/claim.h"

namespace lockfs {

struct Line {
  // What a waiter wants here, so that those behind it know what to leave.
  struct Place {
    Claim* claim = nullptr;
    std::uint32_t count = 1;
  };
  using Places = std::map<Ticket, Place>;

  Places exclusive;
  Places shared;
  // Those of `shared` that want more than one unit. There are few: nullptr if there was none yet.
  std::unique_ptr<std::map<Ticket, std::uint32_t>> wide_shared;

  void put(Claim& claim, Mode mode, std::uint32_t count) {
    (mode == Mode::exclusive ? exclusive : shared).emplace(claim.ticket, Place{&claim, count});
    if (mode != Mode::shared || count == 1) return;
    if (!wide_shared) wide_shared = std::make_unique<std::map<Ticket, std::uint32_t>>();
    wide_shared->emplace(claim.ticket, count);
  }
  void remove(Ticket ticket) {
    exclusive.erase(ticket);
    shared.erase(ticket);
    if (wide_shared) wide_shared->erase(ticket);
  }

  bool empty() const { return exclusive.empty() && shared.empty(); }

  static bool stands_before(const Places& places, Ticket ticket) {
    return !places.empty() && places.begin()->first < ticket;
  }

  // The first waiter behind `ticket`, of either mode; nullptr if there is none.
  Claim* first_after(Ticket ticket) const {
    const auto ex = exclusive.upper_bound(ticket);
    const auto sh = shared.upper_bound(ticket);
    if (sh == shared.end()) return ex == exclusive.end() ? nullptr : ex->second.claim;
    if (ex == exclusive.end()) return sh->second.claim;
    return ex->first < sh->first ? ex->second.claim : sh->second.claim;
  }
};

}  // namespace lockfs
