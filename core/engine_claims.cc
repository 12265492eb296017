// The engine's requests, grants and releases.
#include <algorithm>
#include <utility>

#include "core/engine.h"
#include "core/fit.h"

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
Engine::Resolved Engine::resolve(const Handle& handle, Mode mode, uid_t uid) const {
  Resolved resolved;
  if (handle.expression == nullptr) {
    Want want;
    resolved.reason = resolve_term(Term{}, handle.names.front(), mode, uid, want);
    if (resolved.reason == Reason::none) resolved.alternatives.push_back({want});
    return resolved;
  }
  for (const auto& all : handle.expression->expression.alternatives) {
    Alternative alternative(all.size());
    Reason reason = Reason::none;
    for (std::size_t i = 0; i < all.size() && reason == Reason::none; ++i) {
      reason = resolve_term(all[i], locks_.find(all[i].name), mode, uid, alternative[i]);
    }
    if (reason == Reason::none) resolved.alternatives.push_back(std::move(alternative));
    if (resolved.reason == Reason::none) resolved.reason = reason;
  }
  if (!resolved.alternatives.empty()) resolved.reason = Reason::none;
  return resolved;
}

void Engine::on(const event::Acquire& e) {
  Handle* handle = handles_.find(e.handle);
  if (handle == nullptr || handle->kind != FileKind::lock) {
    return answer({.id = e.id, .reason = Reason::invalid});
  }
  // Also whoever needs no place now has come back for it.
  const auto kept =
      handle->take_kept_place(e.thread, e.owner.via, e.wait ? std::optional(e.mode) : std::nullopt);
  Claim* hold = claims_.hold_of(e.owner);
  if (hold != nullptr && hold->mode == e.mode) {
    return answer({.id = e.id, .token = hold->token});  // without handle: nothing to undo
  }
  if (hold != nullptr && e.mode == Mode::shared) return downgrade(*hold, e.id);
  auto resolved = resolve(*handle, e.mode, handle->client.uid);
  if (stopping_) resolved.reason = Reason::shutting_down;
  if (resolved.reason != Reason::none) return answer({.id = e.id, .reason = resolved.reason});
  auto claim = make_claim(e, *handle, kept);
  claim->alternatives = std::move(resolved.alternatives);
  if (std::find(handle->owners.begin(), handle->owners.end(), e.owner) == handle->owners.end()) {
    handle->owners.push_back(e.owner);
  }
  hold != nullptr ? convert(*hold, std::move(claim), e.wait) : ask(std::move(claim), e.wait, {});
  serve_other_waits(e.owner);
  forget_owner(e.owner, e.handle);
}

std::unique_ptr<Claim> Engine::make_claim(const event::Acquire& e, const Handle& handle,
                                          std::optional<Ticket> kept) {
  auto claim = std::make_unique<Claim>();
  claim->ticket = kept ? *kept : next_ticket_++;
  claim->owner = e.owner;
  claim->handle = e.handle;
  claim->client = handle.client;
  claim->mode = e.mode;
  claim->since = now_;
  claim->request = e.id;
  claim->thread = e.thread;
  return claim;
}

// flock(2): "the existing lock is first removed, and then a new lock is established".
void Engine::convert(Claim& hold, std::unique_ptr<Claim> claim, bool wait) {
  const auto old = claims_.remove_hold(hold.owner);
  drop_grants(*old);
  ask(std::move(claim), wait, old->grants);
  forget_owner(old->owner, old->handle);
}

// From exclusive to shared takes nothing from anybody and so is done in place. Who shares a unit
// already stands behind the others there now: holders stand in the order of their tokens.
void Engine::downgrade(Claim& hold, RequestId id) {
  hold.mode = Mode::shared;
  hold.since = now_;
  hold.token = ++last_token_;
  for (Grant& grant : hold.grants) {
    auto& holders = grant.unit->holders;
    holders.remove(grant);
    holders.push_back(grant);
    if (!grant.follows) continue;
    grant.lock->pool.share(*grant.unit, now_);
    grant.lock->last_grant = now_;
    touch(*grant.lock);
  }
  notice(NoticeKind::granted, hold);
  answer({.id = id, .token = hold.token});  // without handle: nothing to undo
}

void Engine::ask(std::unique_ptr<Claim> claim, bool wait, std::span<const Grant> preferred) {
  if (choose(*claim, preferred)) return grant(std::move(claim));
  const uid_t uid = claim->client.uid;
  Reason reason = Reason::none;
  if (!wait) {
    reason = Reason::would_block;
  } else if (claims_.waiters() >= limits_.max_waiters ||
             (uid != 0 && claims_.waiters_of(uid) >= limits_.max_waiters_per_user)) {
    reason = Reason::limit;
  }
  if (reason != Reason::none) return answer({.id = claim->request, .reason = reason});
  enqueue(*claim);
  notice(NoticeKind::waiting, *claim);
  claims_.add_waiter(std::move(claim));
}

// Finds the first alternative that can be had now and leaves its units in chosen_.
bool Engine::choose(const Claim& claim, std::span<const Grant> preferred) {
  const auto serve = [&](const Want& want) {
    chosen_units_.clear();
    if (!choose_units(want, claim.ticket, preferred, chosen_units_)) return false;
    for (Unit* unit : chosen_units_) chosen_.emplace_back(&want, unit);
    return true;
  };
  for (const auto& alternative : claim.alternatives) {
    chosen_.clear();
    if (std::all_of(alternative.begin(), alternative.end(), serve)) return true;
  }
  return false;
}

// Gives the claim, whose owner holds nothing yet, the units in chosen_.
void Engine::grant(std::unique_ptr<Claim> claim) {
  claim->token = ++last_token_;
  claim->since = now_;
  claim->grants.resize(chosen_.size());
  for (std::size_t i = 0; i < chosen_.size(); ++i) {
    const auto& [want, unit] = chosen_[i];
    claim->grants[i] = Grant{want->lock, unit, claim.get(), want->follows, {}};
    want->lock->pool.take(claim->grants[i], want->mode, now_);
    want->lock->last_grant = now_;
    ++want->lock->claims;
  }
  claim->alternatives.clear();
  notice(NoticeKind::granted, *claim);
  answer({.id = claim->request, .handle = claim->handle, .token = claim->token});
  claims_.add_hold(std::move(claim));
}

// Other threads of the same owner may have been waiting for what the owner now has: they must not
// wait for themselves. The same mode is theirs, another is a conversion.
void Engine::serve_other_waits(const OwnerKey& owner) {
  for (;;) {
    Claim* hold = claims_.hold_of(owner);
    Claim* waiting = claims_.first_wait_of(owner);
    if (hold == nullptr || waiting == nullptr) return;
    dequeue(*waiting);
    auto claim = claims_.remove_waiter(*waiting);
    const HandleId handle = claim->handle;
    if (claim->mode == hold->mode) {
      claim->token = hold->token;
      notice(NoticeKind::granted, *claim);
      answer({.id = claim->request, .token = hold->token});
    } else if (claim->mode == Mode::shared) {
      downgrade(*hold, claim->request);
    } else {
      convert(*hold, std::move(claim), true);
    }
    forget_owner(owner, handle);
  }
}

namespace {

// All that a claim wants of one lock, or of one picked unit, over its alternatives, as those behind
// it must leave it.
void merge(std::vector<Want>& places, const Want& want) {
  const auto same = [&](const Want& place) {
    return place.lock == want.lock && place.unit == want.unit;
  };
  const auto place = std::find_if(places.begin(), places.end(), same);
  if (place == places.end()) return places.push_back(want);
  place->count = std::max(place->count, want.count);
  if (want.mode == Mode::exclusive) place->mode = Mode::exclusive;
}

}  // namespace

void Engine::enqueue(Claim& claim) {
  claim.places.clear();
  for (const auto& alternative : claim.alternatives) {
    for (const auto& want : alternative) merge(claim.places, want);
  }
  for (const auto& place : claim.places) {
    place.lock->enqueue(place, claim);
    ++place.lock->claims;
  }
}

void Engine::dequeue(const Claim& claim) {
  for (const auto& place : claim.places) {
    place.lock->dequeue(place, claim);
    --place.lock->claims;
    touch(*place.lock, claim.ticket);  // this helps only those who stood behind it
  }
}

std::unique_ptr<Claim> Engine::end_wait(Claim& claim, Reason reason) {
  notice(NoticeKind::ended, claim, reason);
  dequeue(claim);
  auto ended = claims_.remove_waiter(claim);
  forget_owner(ended->owner, ended->handle);
  return ended;
}

void Engine::drop_grants(Claim& hold) {
  for (Grant& grant : hold.grants) {
    grant.lock->pool.drop(grant, now_);
    --grant.lock->claims;
    touch(*grant.lock);
  }
  notice(NoticeKind::released, hold);
}

void Engine::release(const OwnerKey& owner) {
  const auto hold = claims_.remove_hold(owner);
  if (!hold) return;
  drop_grants(*hold);
  forget_owner(owner, hold->handle);
}

// Gives up what was taken through this handle; its owners may have more through another.
void Engine::drop_claims(const Handle& handle) {
  for (Claim* claim : claims_.through(handle.id, handle.owners)) {
    if (claim->token != 0) {
      release(OwnerKey(claim->owner));
      continue;
    }
    const RequestId id = claim->request;
    end_wait(*claim, Reason::interrupted);
    answer({.id = id, .reason = Reason::interrupted});
  }
}

void Engine::forget_owner(const OwnerKey& owner, HandleId handle) {
  if (claims_.any_of(owner, handle)) return;
  if (Handle* through = handles_.find(handle)) std::erase(through->owners, owner);
}

void Engine::on(const event::Release& e) {
  if (Handle* handle = handles_.find(e.handle)) {
    handle->take_kept_place(e.thread, e.owner.via, std::nullopt);
  }
  release(e.owner);
  answer({.id = e.id});
}

void Engine::on(const event::Cancel& e) {
  Claim* waiting = claims_.waiter(e.id);
  if (waiting == nullptr) return;  // it was answered meanwhile
  if (Handle* handle = handles_.find(waiting->handle)) {
    handle->keep_place({waiting->thread, waiting->owner.via, waiting->mode, waiting->ticket});
  }
  end_wait(*waiting, Reason::interrupted);
  answer({.id = e.id, .reason = Reason::interrupted});
}

void Engine::touch(Lock& lock, Ticket behind) {
  if (lock.unsettled) {
    if (*lock.unsettled <= behind) return;
    unsettled_.erase(&lock);
  }
  lock.unsettled = behind;
  unsettled_.insert(&lock);
}

// Lets in whoever can be let in, over all locks in the order of the tickets.
void Engine::settle() {
  while (!unsettled_.empty()) {
    Lock& lock = **unsettled_.begin();
    unsettled_.erase(unsettled_.begin());
    const Ticket behind = *std::exchange(lock.unsettled, std::nullopt);
    if (settle_next(lock, behind)) continue;
    lock.pool.discard_unused();
    forget(lock);
  }
}

namespace {

// Whether a waiter that cannot be served leaves nothing here for anybody behind it. (Sharers of
// several units leave what there is to those who want fewer.)
bool bars_the_way(const Claim& waiting, const Lock& lock) {
  std::vector<Unit*> units;
  return std::any_of(waiting.places.begin(), waiting.places.end(), [&](const Want& place) {
    return place.lock == &lock && place.unit == nullptr &&
           (place.mode == Mode::exclusive || place.count == 1) &&
           !choose_units(place, waiting.ticket, {}, units);
  });
}

}  // namespace

// Looks at the next waiter behind a place; false when there is no use in looking at this lock any
// more.
bool Engine::settle_next(Lock& lock, Ticket behind) {
  Claim* next = lock.next_candidate(behind);
  if (next == nullptr) return false;
  const Ticket ticket = next->ticket;
  if (!unsettled_.empty() && *(*unsettled_.begin())->unsettled < ticket - 1) {
    touch(lock, ticket - 1);  // elsewhere somebody may stand before this one
    return true;
  }
  if (choose(*next, {})) {
    dequeue(*next);
    const OwnerKey owner = next->owner;
    grant(claims_.remove_waiter(*next));
    serve_other_waits(owner);
  } else if (bars_the_way(*next, lock)) {
    return false;
  } else {
    touch(lock, ticket);
  }
  return true;
}

}  // namespace lockfs
