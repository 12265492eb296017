// The model's requests, grants and releases.
#include <algorithm>

#include "tests/unit/model.h"

namespace lockfs::model {

// Why this user cannot have all of these, however long the wait.
Reason Model::why_not(const AllOf& all, uid_t uid) const {
  for (const auto& term : all) {
    const Lock& lock = locks_.at(term.name);
    if (!lock.configured && lock.kind != LockKind::dynamic) return Reason::gone;
    if (!lock.access.allows(uid)) return Reason::permission;
    std::uint32_t units = 0;
    bool found = false;
    for (const auto& unit : lock.units) {
      if (unit.retired) continue;
      ++units;
      found = found || unit.name == term.address;
    }
    if (term.count > units || (term.address && !found)) return Reason::gone;
  }
  return Reason::none;
}

std::vector<std::vector<Want>> Model::wants_of(const Claim& claim) const {
  std::vector<std::vector<Want>> result;
  for (const auto& all : handles_.at(claim.handle).alternatives) {
    if (why_not(all, claim.client.uid) != Reason::none) continue;
    auto& wants = result.emplace_back();
    for (const auto& term : all) {
      wants.push_back({term.name, term.address, term.count, term.mode.value_or(claim.mode),
                       !term.mode.has_value()});
    }
  }
  return result;
}

Reason Model::why_none(const Claim& claim) const {
  if (!wants_of(claim).empty()) return Reason::none;
  return why_not(handles_.at(claim.handle).alternatives.front(), claim.client.uid);
}

Claim* Model::hold_of(const OwnerKey& owner) {
  for (auto& claim : claims_) {
    if (claim.token != 0 && claim.owner == owner) return &claim;
  }
  return nullptr;
}

Claim* Model::waiter(RequestId id) {
  for (auto& claim : claims_) {
    if (claim.token == 0 && claim.request == id) return &claim;
  }
  return nullptr;
}

// The place this thread left behind with the same wish. Asking for anything else forfeits it.
std::optional<Ticket> Model::take_kept(Handle& handle, pid_t thread, Via via,
                                       std::optional<Mode> mode) {
  std::optional<Ticket> ticket;
  for (const auto& kept : handle.kept) {
    if (kept.thread == thread && kept.via == via && kept.mode == mode) ticket = kept.ticket;
  }
  std::erase_if(handle.kept,
                [&](const Kept& kept) { return kept.thread == thread && kept.via == via; });
  return ticket;
}

void Model::on(const event::Acquire& e) {
  const auto found = handles_.find(e.handle);
  if (found == handles_.end() || found->second.kind != FileKind::lock) {
    return answer({.id = e.id, .reason = Reason::invalid});
  }
  Handle& handle = found->second;
  const auto kept =
      take_kept(handle, e.thread, e.owner.via, e.wait ? std::optional(e.mode) : std::nullopt);
  Claim* hold = hold_of(e.owner);
  if (hold != nullptr && hold->mode == e.mode) {
    return answer({.id = e.id, .token = hold->token});
  }
  if (hold != nullptr && e.mode == Mode::shared) return downgrade(*hold, e.id);
  Claim claim;
  claim.owner = e.owner;
  claim.handle = e.handle;
  claim.client = handle.client;
  claim.mode = e.mode;
  claim.request = e.id;
  claim.thread = e.thread;
  const Reason reason = stopping_ ? Reason::shutting_down : why_none(claim);
  if (reason != Reason::none) return answer({.id = e.id, .reason = reason});
  claim.ticket = kept ? *kept : next_ticket_++;
  claim.since = now_;
  hold != nullptr ? convert(claim, e.wait) : ask(claim, e.wait, {});
  serve_owner(e.owner);
}

// To shared: in place, for it takes nothing from anybody.
void Model::downgrade(Claim& hold, RequestId id) {
  hold.mode = Mode::shared;
  hold.since = now_;
  hold.token = ++last_token_;
  for (auto& got : hold.got) {
    if (!got.follows) continue;
    got.mode = Mode::shared;
    Unit& unit = *find_unit(got.lock, got.unit);
    unit.since = now_;
    unit.shared = next_change_++;
    locks_[got.lock].last_grant = now_;
  }
  answer({.id = id, .token = hold.token});
}

// To exclusive: the old lock goes first, then the new one is asked for.
void Model::convert(Claim claim, bool wait) {
  const Claim old = *hold_of(claim.owner);
  drop(old);
  ask(std::move(claim), wait, old.got);
}

void Model::ask(Claim claim, bool wait, const std::vector<Got>& preferred) {
  if (!try_grant(claim, preferred)) {
    std::uint32_t all = 0;
    std::uint32_t own = 0;
    for (const auto& other : claims_) {
      if (other.token != 0) continue;
      ++all;
      own += other.client.uid == claim.client.uid ? 1 : 0;
    }
    const bool full = all >= limits_.max_waiters ||
                      (claim.client.uid != 0 && own >= limits_.max_waiters_per_user);
    if (!wait) return answer({.id = claim.request, .reason = Reason::would_block});
    if (full) return answer({.id = claim.request, .reason = Reason::limit});
  }
  const auto behind = std::find_if(claims_.begin(), claims_.end(),
                                   [&](const Claim& other) { return other.ticket > claim.ticket; });
  claims_.insert(behind, std::move(claim));
}

// Gives the claim the first of its alternatives that can be had now.
bool Model::try_grant(Claim& claim, const std::vector<Got>& preferred) {
  for (const auto& wants : wants_of(claim)) {
    std::vector<Got> got;
    bool all = true;
    for (const auto& want : wants) {
      const auto units = fit(want, claim.ticket, preferred);
      all = all && units.has_value();
      if (!units) break;
      for (const auto& unit : *units) got.push_back({want.lock, unit, want.mode, want.follows});
    }
    if (!all) continue;
    for (const auto& each : got) {
      locks_[each.lock].last_grant = now_;
      if (!holders(each.lock, each.unit).empty()) continue;
      find_unit(each.lock, each.unit)->since = now_;
      find_unit(each.lock, each.unit)->shared = next_change_++;
    }
    claim.got = got;
    claim.token = ++last_token_;
    claim.since = now_;
    answer({.id = claim.request, .handle = claim.handle, .token = claim.token});
    return true;
  }
  return false;
}

// Whoever waits for what the same owner holds now must not wait for himself.
void Model::serve_owner(const OwnerKey& owner) {
  while (hold_of(owner) != nullptr) {
    const auto next = std::find_if(claims_.begin(), claims_.end(), [&](const Claim& claim) {
      return claim.token == 0 && claim.owner == owner;
    });
    if (next == claims_.end()) return;
    const Claim claim = *next;
    claims_.erase(next);
    Claim& hold = *hold_of(owner);
    if (claim.mode == hold.mode) {
      answer({.id = claim.request, .token = hold.token});
    } else if (claim.mode == Mode::shared) {
      downgrade(hold, claim.request);
    } else {
      convert(claim, true);
    }
  }
}

void Model::drop(const Claim& claim) {
  const Claim hold = claim;
  std::erase_if(claims_, [&](const Claim& other) { return other.token == hold.token; });
  for (const auto& got : hold.got) {
    if (!holders(got.lock, got.unit).empty()) continue;
    Unit& unit = *find_unit(got.lock, got.unit);
    unit.since = now_;
    unit.freed = next_change_++;
  }
}

void Model::remove_wait(RequestId id) {
  std::erase_if(claims_,
                [&](const Claim& claim) { return claim.token == 0 && claim.request == id; });
}

void Model::on(const event::Release& e) {
  const auto handle = handles_.find(e.handle);
  if (handle != handles_.end()) take_kept(handle->second, e.thread, e.owner.via, std::nullopt);
  if (const Claim* hold = hold_of(e.owner)) drop(*hold);
  answer({.id = e.id});
}

void Model::on(const event::Cancel& e) {
  const Claim* waiting = waiter(e.id);
  if (waiting == nullptr) return;
  auto& kept = handles_.at(waiting->handle).kept;
  if (kept.size() == 16) kept.erase(kept.begin());
  kept.push_back({waiting->thread, waiting->owner.via, waiting->mode, waiting->ticket});
  remove_wait(e.id);
  answer({.id = e.id, .reason = Reason::interrupted});
}

// From the first waiter on, again and again, until nobody can be let in.
void Model::settle() {
  for (bool changed = true; changed;) {
    changed = false;
    for (auto& claim : claims_) {
      if (claim.token != 0 || !try_grant(claim, {})) continue;
      serve_owner(OwnerKey(claim.owner));
      changed = true;
      break;
    }
  }
}

}  // namespace lockfs::model
