// The engine's requests: what they resolve to, whether it can be had, the grant.
#include <algorithm>
#include <utility>

#include "core/engine.h"
#include "core/fit.h"
#include "core/kin.h"

namespace lockfs {

// What a term of an expression asks for, or why it cannot be had: the lock was taken away, or is
// none of this user's.
Reason Engine::resolve_term(const Term& term, Lock* lock, Mode mode, uid_t uid, Want& want) const {
  if (lock == nullptr || !lock->in_service()) return Reason::gone;
  if (!lock->access.allows(uid)) return Reason::permission;
  want = {lock, nullptr, term.count, term.mode.value_or(mode), !term.mode.has_value()};
  if (term.address) {
    want.unit = lock->pool.find(*term.address);
    if (want.unit == nullptr || want.unit->retired) return Reason::gone;
  }
  return term.count > lock->pool.usable() ? Reason::gone : Reason::none;
}

// The alternatives that can be had, or the reason why the first one cannot if none can.
Reason Engine::resolve(const Handle& handle, Mode mode, uid_t uid, Alternatives& found) const {
  Reason first = Reason::none;
  found.clear();
  if (handle.expression == nullptr) {  // one name, or a remote's several: the first free one
    for (Lock* lock : handle.names) {
      Want want;
      const Reason reason = resolve_term(Term{}, lock, mode, uid, want);
      if (reason == Reason::none) found.push_back(Alternative(want));
      if (first == Reason::none) first = reason;
    }
    return found.empty() ? first : Reason::none;
  }
  for (const auto& all : handle.expression->expression.alternatives) {
    Alternative alternative;
    Reason reason = Reason::none;
    for (std::size_t i = 0; i < all.size() && reason == Reason::none; ++i) {
      Want want;
      reason = resolve_term(all[i], locks_.find(all[i].name), mode, uid, want);
      if (reason == Reason::none) alternative.push_back(want);
    }
    if (reason == Reason::none) found.push_back(std::move(alternative));
    if (first == Reason::none) first = reason;
  }
  return found.empty() ? first : Reason::none;
}

// Of somebody who asks now: while the daemon is leaving there is nothing to be had.
Reason Engine::resolve_anew(const Handle& handle, Mode mode, Alternatives& found) const {
  const Reason reason = resolve(handle, mode, handle.client.uid, found);
  return stopping_ ? Reason::shutting_down : reason;
}

void Engine::on(const event::Acquire& e) {
  Handle* handle = handles_.find(e.handle);
  if (handle == nullptr || handle->kind != FileKind::lock || e.bytes.first > e.bytes.last) {
    return answer({.id = e.id, .reason = Reason::invalid});
  }
  // Also whoever needs no place now has come back for it.
  const auto kept =
      handle->take_kept_place(e.thread, e.owner.via, e.wait ? std::optional(e.mode) : std::nullopt);
  Claim* hold = claims_.hold_of(e.owner);
  if (hold != nullptr && answer_at_once(*hold, e)) return;
  Alternatives alternatives;
  const Reason reason = resolve_anew(*handle, e.mode, alternatives);
  if (reason != Reason::none) return answer({.id = e.id, .reason = reason});
  auto claim = make_claim(e, *handle, kept ? *kept : next_ticket_++);
  claim->alternatives = std::move(alternatives);
  if (std::find(handle->owners.begin(), handle->owners.end(), e.owner) == handle->owners.end()) {
    handle->owners.push_back(e.owner);
  }
  const bool converts = hold != nullptr && e.owner.via != Via::fcntl;
  const bool asked =
      converts ? convert(*hold, std::move(claim), e.wait) : ask(std::move(claim), e.wait, {});
  asked ? serve_other_waits(e.owner) : forget_owner(e.owner, e.handle);
}

// What takes nothing from anybody is had by whoever holds the lock.
bool Engine::answer_at_once(Claim& hold, const event::Acquire& e) {
  if (e.mode == Mode::exclusive && hold.mode == Mode::shared) return false;
  if (e.owner.via == Via::fcntl) {
    extend(hold, e.id, {e.bytes, e.mode, e.handle});
  } else if (hold.mode == e.mode) {
    answer({.id = e.id, .token = hold.token});  // without handle: nothing to undo
  } else {
    downgrade(hold, e.id);
  }
  return true;
}

std::unique_ptr<Claim> Engine::make_claim(const event::Acquire& e, const Handle& handle,
                                          Ticket ticket) const {
  auto claim = std::make_unique<Claim>();
  claim->ticket = ticket;
  claim->owner = e.owner;
  claim->handle = e.handle;
  claim->client = handle.client;
  claim->asker = e.asker;
  claim->mode = e.mode;
  claim->since = now_;
  claim->request = e.id;
  claim->thread = e.thread;
  if (e.owner.via == Via::fcntl) claim->fcntl.edit().bytes = e.bytes;
  return claim;
}

// flock(2): "the existing lock is first removed, and then a new lock is established". If that comes
// at once, nobody sees a hold go, nor its note.
bool Engine::convert(Claim& hold, std::unique_ptr<Claim> claim, bool wait) {
  const auto old = claims_.remove_hold(hold.owner);
  drop_grants(*old, std::nullopt);
  const bool asked = ask(std::move(claim), wait, old->grants);
  clean_left(old->grants);
  const std::string& note = old->extras->note;
  Claim* anew = note.empty() ? nullptr : claims_.hold_of(old->owner);
  if (anew != nullptr) anew->extras.edit().note = note;
  forget_owner(old->owner, old->handle);
  return asked;
}

void Engine::downgrade(Claim& hold, RequestId id) {
  change_mode(hold, Mode::shared);
  answer({.id = id, .token = hold.token});  // without handle: nothing to undo
}

// In place: to shared, which takes nothing from anybody, or once nobody else is there. Who shares a
// unit already stands behind the others there now: holders stand in the order of their tokens.
void Engine::change_mode(Claim& hold, Mode mode) {
  if (hold.mode == mode) return;
  notice(NoticeKind::released, hold, hold.since);
  hold.mode = mode;
  hold.since = now_;
  hold.token = ++last_token_;
  hold.overdue = false;
  set_deadline(hold, 0);
  for (Grant& grant : hold.grants) {
    grant.lock->pool.convert(grant, grant.follows ? mode : grant.mode, now_);
    if (!grant.follows) continue;
    grant.lock->last_grant = now_;
    touch(*grant.lock);
  }
  suspect_keepers_of(hold);
  notice(NoticeKind::granted, hold);
}

// Why nobody can wait for this; nothing if it can.
Reason Engine::why_not_wait(const Claim& claim) const {
  const uid_t uid = claim.client.uid;
  if (claims_.waiters() >= limits_.max_waiters ||
      (uid != 0 && claims_.waiters_of(uid) >= limits_.max_waiters_per_user)) {
    return Reason::limit;
  }
  return claim.base != nullptr && waits_in_a_circle(claim) ? Reason::deadlock : Reason::none;
}

// False if it is answered that it gets nothing and does not wait.
bool Engine::ask(std::unique_ptr<Claim> claim, bool wait, std::span<const Grant> preferred) {
  claim->base = base_of(*claim);
  if (choose(*claim, preferred)) {
    grant(std::move(claim));
    return true;
  }
  const Reason reason = wait ? why_not_wait(*claim) : Reason::would_block;
  if (reason != Reason::none) {
    answer({.id = claim->request, .reason = reason});
    return false;
  }
  enqueue(*claim);
  notice(NoticeKind::waiting, *claim);
  // In a place that it had before it may stand in somebody's way.
  if (claim->ticket + 1 != next_ticket_) suspect_all();
  claims_.add_waiter(std::move(claim));
  return true;
}

// Finds the first alternative that can be had now and leaves its units in chosen_.
bool Engine::choose(const Claim& claim, std::span<const Grant> preferred) {
  if (claim.base != nullptr) return choose_joined(claim);
  const auto serve = [&](const Want& want) {
    chosen_units_.clear();
    if (!choose_units(want, claim.ticket, preferred, chosen_units_)) return false;
    for (Unit* unit : chosen_units_) chosen_.push_back({want.lock, unit, want.mode, want.follows});
    return true;
  };
  for (const auto& alternative : claim.alternatives) {
    chosen_.clear();
    if (std::all_of(alternative.begin(), alternative.end(), serve)) return true;
  }
  return false;
}

bool Engine::choose_joined(const Claim& claim) {
  chosen_.clear();
  for (const Grant& grant : claim.base->grants) {
    chosen_.push_back({grant.lock, grant.unit, joined_mode(claim, grant), grant.follows});
  }
  return may_join(claim);
}

// Gives the claim the units in chosen_. An fcntl lock that is held already grows by its range.
void Engine::grant(std::unique_ptr<Claim> claim) {
  if (claim->owner.via == Via::fcntl) {
    const LockedRange range{claim->fcntl->bytes, claim->mode, claim->handle};
    if (Claim* hold = claims_.hold_of(claim->owner)) return join_range(*hold, *claim, range);
    claim->fcntl.edit().ranges.lock(range);
  }
  const WallTime asked = std::exchange(claim->since, now_);
  claim->token = ++last_token_;
  claim->grants.make(chosen_.size());
  look_at_poller(*claim);
  for (std::size_t i = 0; i < chosen_.size(); ++i) {
    const auto& [lock, unit, mode, follows] = chosen_[i];
    look_at_holders(*lock);
    claim->grants[i] = Grant{lock, unit, claim.get(), mode, follows, {}};
    lock->pool.take(claim->grants[i], now_);
    lock->last_grant = now_;
    ++lock->claims;
  }
  claim->waits = false;
  claim->other_places.reset();
  claim->alternatives.clear();
  claim->base = nullptr;
  handles_.find(claim->handle)->repair();
  notice(NoticeKind::granted, *claim, asked);
  const bool opens = claim->owner.via == Via::hold;
  answer({.id = claim->request,
          .handle = claim->handle,
          .node = opens ? claim->owner.node : NodeId::none,
          .token = claim->token});
  Claim& hold = claims_.add_hold(std::move(claim));
  set_deadline(hold, 0);
  suspect_keepers_of(hold);
  place_kin_anew(hold);
}

// Another thread's wait ends with what its owner has already.
void Engine::join(Claim& hold, const Claim& waited) {
  if (waited.mode == hold.mode) {
    answer({.id = waited.request, .token = hold.token});
  } else {
    downgrade(hold, waited.request);
  }
  notice(NoticeKind::granted, hold, waited.since).ticket = waited.ticket;
}

// Other threads of the same owner may have been waiting for what the owner now has: they must not
// wait for themselves. The same mode is theirs, another is a conversion. (Of an fcntl lock they
// join it.)
void Engine::serve_other_waits(const OwnerKey& owner) {
  if (owner.via == Via::fcntl) return;
  for (;;) {
    const OwnerClaims* claims = claims_.of(owner);
    if (claims == nullptr || !claims->hold || claims->waiting.empty()) return;
    Claim* hold = claims->hold.get();
    Claim& waiting = *claims->waiting.front();
    const event::Lineage lineage{waiting.request, lineages_.of(waiting)};
    auto claim = leave_line(waiting);
    const HandleId handle = claim->handle;
    if (claim->mode == Mode::exclusive && hold->mode == Mode::shared) {
      convert(*hold, std::move(claim), true);
      on(lineage);
    } else {
      join(*hold, *claim);
    }
    forget_owner(owner, handle);
  }
}

}  // namespace lockfs
