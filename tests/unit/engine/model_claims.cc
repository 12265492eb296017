// The model's requests, grants and releases.
#include <algorithm>

#include "tests/unit/engine/model.h"

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
  for (const auto& all : handles_.at(claim.handles.front()).alternatives) {
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
  return why_not(handles_.at(claim.handles.front()).alternatives.front(), claim.client.uid);
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
  if (found == handles_.end() || found->second.kind != FileKind::lock ||
      e.bytes.first > e.bytes.last) {
    return answer({.id = e.id, .reason = Reason::invalid});
  }
  Handle& handle = found->second;
  const auto kept =
      take_kept(handle, e.thread, e.owner.via, e.wait ? std::optional(e.mode) : std::nullopt);
  Claim claim;
  claim.owner = e.owner;
  claim.handles = {e.handle};
  claim.client = handle.client;
  claim.asker = e.asker;
  claim.mode = e.mode;
  claim.request = e.id;
  claim.thread = e.thread;
  claim.bytes = e.bytes;
  claim.since = now_;
  Claim* hold = hold_of(e.owner);
  if (hold != nullptr && (e.mode == Mode::shared || hold->mode == Mode::exclusive)) {
    if (e.owner.via == Via::fcntl) return extend(*hold, e.id, claim);
    change_mode(*hold, e.mode);
    return answer({.id = e.id, .token = hold->token});
  }
  const Reason reason = stopping_ ? Reason::shutting_down : why_none(claim);
  if (reason != Reason::none) return answer({.id = e.id, .reason = reason});
  claim.ticket = kept ? *kept : next_ticket_++;
  const bool gives_up = hold != nullptr && e.owner.via != Via::fcntl;
  gives_up ? convert(claim, e.wait) : ask(claim, e.wait, {});
  serve_owner(e.owner);
}

Model::Before Model::look(const std::vector<Got>& units) const {
  Before before;
  for (const auto& got : units) {
    before.emplace_back(!holders(got.lock, got.unit).empty(), held_mode(got.lock, got.unit));
  }
  return before;
}

// A unit's time is that of the last change of how it is held.
void Model::note_changes(const std::vector<Got>& units, const Before& before) {
  const Before now = look(units);
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (now[i] == before[i]) continue;
    Unit& unit = *find_unit(units[i].lock, units[i].unit);
    unit.since = now_;
    (now[i].first ? unit.shared : unit.freed) = next_change_++;
  }
}

// In place.
void Model::change_mode(Claim& hold, Mode mode) {
  if (hold.mode == mode) return;
  hold.mode = mode;
  hold.since = now_;
  hold.passed = 0;
  hold.token = ++last_token_;
  const auto before = look(hold.got);
  for (auto& got : hold.got) {
    if (!got.follows) continue;
    got.mode = mode;
    locks_[got.lock].last_grant = now_;
  }
  note_changes(hold.got, before);
}

// To exclusive: the old lock goes first, then the new one is asked for.
void Model::convert(Claim claim, bool wait) {
  const Claim old = *hold_of(claim.owner);
  drop(old);
  ask(std::move(claim), wait, old.got);
  clean(old.got);
  if (Claim* anew = hold_of(old.owner)) anew->note = old.note;
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
    if (waits_in_a_circle(claim)) return answer({.id = claim.request, .reason = Reason::deadlock});
  } else if (claim.token == 0) {
    return;  // part of a hold now
  }
  const auto behind = std::find_if(claims_.begin(), claims_.end(),
                                   [&](const Claim& other) { return other.ticket > claim.ticket; });
  claims_.insert(behind, std::move(claim));
}

// Gives the claim what it wants, if that can be had now. One that its owner's hold takes up gets no
// token of its own.
bool Model::try_grant(Claim& claim, const std::vector<Got>& preferred) {
  auto units = find_units(claim, preferred);
  if (!units) return false;
  if (Claim* hold = hold_of(claim.owner)) {
    extend(*hold, claim.request, claim);
  } else {
    give(claim, *std::move(units));
  }
  return true;
}

// The first of its alternatives that can be had now, or what its kin has.
std::optional<std::vector<Got>> Model::find_units(const Claim& claim,
                                                  const std::vector<Got>& preferred) {
  if (const Claim* base = base_of(claim)) {
    std::vector<Got> got = base->got;
    for (auto& each : got) each.mode = each.follows ? claim.mode : each.mode;
    return may_join(claim) ? std::optional(got) : std::nullopt;
  }
  for (const auto& wants : wants_of(claim)) {
    std::vector<Got> got;
    bool all = true;
    for (const auto& want : wants) {
      const auto units = fit(want, claim.ticket, preferred);
      all = all && units.has_value();
      if (!units) break;
      for (const auto& unit : *units) got.push_back({want.lock, unit, want.mode, want.follows});
    }
    if (all) return got;
  }
  return std::nullopt;
}

void Model::give(Claim& claim, std::vector<Got> got) {
  const auto before = look(got);
  handles_.at(claim.handles.front()).broken.reset();
  claim.got = std::move(got);
  claim.token = ++last_token_;
  claim.since = now_;
  if (claim.owner.via == Via::fcntl) lock_bytes(claim, claim);
  for (std::size_t i = 0; i < claim.got.size(); ++i) {
    const auto& each = claim.got[i];
    locks_[each.lock].last_grant = now_;
    const bool stronger = each.mode == Mode::exclusive && before[i].second == Mode::shared;
    if (before[i].first && !stronger) continue;
    Unit& unit = *find_unit(each.lock, each.unit);
    unit.since = now_;
    unit.shared = next_change_++;
  }
  const bool opens = claim.owner.via == Via::hold;
  answer({.id = claim.request,
          .handle = claim.handles.front(),
          .node = opens ? claim.owner.node : NodeId::none,
          .token = claim.token});
}

// Whoever waits for what the same owner holds now must not wait for himself.
void Model::serve_owner(const OwnerKey& owner) {
  if (owner.via == Via::fcntl) return;  // they join
  while (hold_of(owner) != nullptr) {
    const auto next = std::find_if(claims_.begin(), claims_.end(), [&](const Claim& claim) {
      return claim.token == 0 && claim.owner == owner;
    });
    if (next == claims_.end()) return;
    const Claim claim = *next;
    claims_.erase(next);
    Claim& hold = *hold_of(owner);
    if (claim.mode == Mode::exclusive && hold.mode == Mode::shared) {
      convert(claim, true);
      continue;
    }
    change_mode(hold, claim.mode);
    answer({.id = claim.request, .token = hold.token});
  }
}

// What is written through a descriptor that holds something is noted there, else wherever the
// writer holds one of the descriptor's locks.
void Model::on(const event::Note& e) {
  const auto handle = handles_.find(e.handle);
  if (handle == handles_.end()) return answer({.id = e.id, .reason = Reason::invalid});
  const auto has_lock_of_it = [&](const Claim& claim) {
    for (const auto& all : handle->second.alternatives) {
      for (const auto& term : all) {
        for (const auto& got : claim.got) {
          if (got.lock == term.name) return true;
        }
      }
    }
    return false;
  };
  std::vector<Claim*> through_it;
  std::vector<Claim*> elsewhere;
  for (auto& claim : claims_) {
    if (claim.token == 0) continue;
    const bool own = std::find(e.holds.begin(), e.holds.end(), claim.ticket) != e.holds.end();
    if (claim.uses(e.handle)) through_it.push_back(&claim);
    if (own && has_lock_of_it(claim)) elsewhere.push_back(&claim);
  }
  const auto& noted = through_it.empty() ? elsewhere : through_it;
  for (Claim* claim : noted) claim->note = e.text;
  answer({.id = e.id, .reason = noted.empty() ? Reason::not_allowed : Reason::none});
}

void Model::drop(const Claim& claim) {
  const Claim hold = claim;
  const auto before = look(hold.got);
  std::erase_if(claims_, [&](const Claim& other) { return other.token == hold.token; });
  note_changes(hold.got, before);
}

void Model::let_go(const Claim& claim) {
  const auto left = claim.got;
  drop(claim);
  clean(left);
}

// What nobody holds any more is given to nobody before it is clean.
void Model::clean(const std::vector<Got>& left) {
  for (const auto& got : left) {
    if (!locks_.at(got.lock).cleans || !holders(got.lock, got.unit).empty()) continue;
    Unit& unit = *find_unit(got.lock, got.unit);
    unit.cleaning = true;
    unit.since = now_;
  }
}

void Model::remove_wait(RequestId id) {
  const Claim* waiting = waiter(id);
  if (waiting->owner.via == Via::hold) handles_.erase(waiting->handles.front());
  std::erase_if(claims_,
                [&](const Claim& claim) { return claim.token == 0 && claim.request == id; });
}

void Model::on(const event::Release& e) {
  const auto handle = handles_.find(e.handle);
  if (handle != handles_.end()) take_kept(handle->second, e.thread, e.owner.via, std::nullopt);
  Claim* hold = hold_of(e.owner);
  if (hold == nullptr) return answer({.id = e.id});
  if (e.owner.via != Via::fcntl) {
    let_go(*hold);
  } else {
    std::erase_if(hold->locked, [&](const auto& byte) {
      return byte.first >= e.bytes.first && byte.first <= e.bytes.last;
    });
    narrow(*hold);
  }
  answer({.id = e.id});
}

void Model::on(const event::Cancel& e) {
  const Claim* waiting = waiter(e.id);
  if (waiting == nullptr) return;
  auto& kept = handles_.at(waiting->handles.front()).kept;
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
      const RequestId done = claim.request;
      const OwnerKey owner = claim.owner;
      if (claim.token == 0) remove_wait(done);
      serve_owner(owner);
      changed = true;
      break;
    }
  }
}

}  // namespace lockfs::model
