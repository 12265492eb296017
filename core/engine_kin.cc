// The engine's fcntl(2) locks, and whoever waits for what its kin holds (kin.h).
#include <algorithm>

#include "core/engine.h"
#include "core/kin.h"

namespace lockfs {
namespace {

Via other_door(Via via) { return via == Via::flock ? Via::fcntl : Via::flock; }

}  // namespace

bool Engine::may_have_kin(const OwnerKey& owner) const {
  return owner.via == Via::fcntl || claims_.any_fcntl();
}

bool Engine::any_kin(const event::Acquire& e) const {
  return may_have_kin(e.owner) &&
         !claims_.of_process(other_door(e.owner.via), e.owner.node, e.asker.process).empty();
}

// The hold whose units this claim joins: the owner's own, else the earliest through the same
// descriptor, else of the same process.
Claim* Engine::base_of(const Claim& claim) const {
  if (!may_have_kin(claim.owner)) return nullptr;
  if (Claim* own = claims_.hold_of(claim.owner)) return own;
  std::vector<Claim*> holds;
  for (const auto& owner : handles_.find(claim.handle)->owners) {
    Claim* hold = claims_.hold_of(owner);
    const bool through_it = hold != nullptr && hold->uses(claim.handle);
    if (through_it && akin(claim, *hold)) holds.push_back(hold);
  }
  if (holds.empty()) {
    holds = claims_.of_process(other_door(claim.owner.via), claim.owner.node, claim.asker.process);
    std::erase_if(holds,
                  [&](const Claim* other) { return other->token == 0 || !akin(claim, *other); });
  }
  const auto earliest = std::min_element(holds.begin(), holds.end(), by_ticket);
  return earliest == holds.end() ? nullptr : *earliest;
}

// Those who wait and are akin to this hold, which is new or gone. (Other threads that wait for the
// same flock are served otherwise.)
std::vector<Claim*> Engine::waiting_kin(const Claim& hold) const {
  std::vector<Claim*> waits;
  const auto add = [&](const std::vector<Claim*>& claims) {
    std::copy_if(claims.begin(), claims.end(), std::back_inserter(waits),
                 [&](const Claim* claim) { return claim->token == 0 && akin(*claim, hold); });
  };
  if (hold.owner.via == Via::fcntl) add(claims_.waits_of(hold.owner));
  std::vector<HandleId> handles = hold.fcntl->others;
  handles.push_back(hold.handle);
  for (const HandleId id : handles) {
    for (const auto& owner : handles_.find(id)->owners) {
      if (owner != hold.owner) add(claims_.waits_of(owner));
    }
  }
  add(claims_.of_process(other_door(hold.owner.via), hold.owner.node, hold.asker.process));
  std::sort(waits.begin(), waits.end(), by_ticket);
  waits.erase(std::unique(waits.begin(), waits.end()), waits.end());
  return waits;
}

void Engine::place_kin_anew(const Claim& hold) {
  if (may_have_kin(hold.owner)) place_anew(waiting_kin(hold));
}

// Where each stands now that its kin has more or less than before.
void Engine::place_anew(const std::vector<Claim*>& waits) {
  for (Claim* claim : waits) {
    dequeue(*claim);
    claim->base = base_of(*claim);
    place(*claim);
  }
  if (!waits.empty()) suspect_all();
}

// An fcntl lock that is held gets a range more, or the same one in another mode.
Reason Engine::extend(Claim& hold, RequestId id, const LockedRange& range) {
  if (!hold.fcntl.edit().ranges.lock(range)) {
    answer({.id = id, .reason = Reason::limit});
    return Reason::limit;
  }
  lock_through(hold, range.through);
  handles_.find(range.through)->repair();
  look_at_poller(hold);
  change_mode(hold, hold.fcntl->ranges.mode());
  answer({.id = id, .token = hold.token});  // without handle: nothing to undo
  return Reason::none;
}

// The same for a claim that could not be answered at once; it may have waited.
void Engine::join_range(Claim& hold, const Claim& claim, const LockedRange& range) {
  const bool waited = claim.waits;
  const Reason reason = extend(hold, claim.request, range);
  if (!waited) return;
  const auto kind = reason == Reason::none ? NoticeKind::granted : NoticeKind::ended;
  notice(kind, hold, claim.since, reason).ticket = claim.ticket;
}

// It is locked through this descriptor too: it has the kin of both.
void Engine::lock_through(Claim& hold, HandleId handle) {
  if (hold.uses(handle)) return;
  hold.fcntl.edit().others.push_back(handle);
  auto& owners = handles_.find(handle)->owners;
  if (std::find(owners.begin(), owners.end(), hold.owner) == owners.end()) {
    owners.push_back(hold.owner);
  }
  place_kin_anew(hold);
}

Reason Engine::unlock(const OwnerKey& owner, const ByteRange& bytes) {
  Claim* hold = claims_.hold_of(owner);
  if (hold == nullptr) return Reason::none;
  if (bytes.first > bytes.last) return Reason::invalid;
  if (!hold->fcntl.edit().ranges.unlock(bytes)) return Reason::limit;
  narrow(*hold);
  return Reason::none;
}

// This descriptor is closed, others through which the same owner locked are not.
void Engine::close_ranges(Claim& hold, HandleId handle) {
  auto& [bytes, ranges, others] = hold.fcntl.edit();
  ranges.close(handle);
  look_at_poller(hold);
  if (!ranges.empty()) {
    suspect_all();  // it is another process's now, as far as anybody can tell, or has less kin
    std::erase(others, handle);
    if (hold.handle == handle) {
      hold.handle = others.front();
      others.erase(others.begin());
      hold.client = handles_.find(hold.handle)->client;
    }
  }
  narrow(hold);
}

// Some of its ranges are gone: it may be shared now, or free.
void Engine::narrow(Claim& hold) {
  if (hold.fcntl->ranges.empty()) return release(OwnerKey(hold.owner));
  change_mode(hold, hold.fcntl->ranges.mode());
}

}  // namespace lockfs
