// What is given up or taken away: holds, what a descriptor has, an interrupted wait.
#include <utility>

#include "core/engine.h"

namespace lockfs {

void Engine::drop_grants(Claim& hold, const std::optional<Mark>& broken) {
  look_at_poller(hold);
  if (hold.deadline != 0) deadlines_.set(hold, 0);
  for (Grant& grant : hold.grants) {
    grant.lock->pool.drop(grant, now_);
    --grant.lock->claims;
    touch(*grant.lock);
  }
  Notice& told = notice(broken ? NoticeKind::broken : NoticeKind::released, hold, hold.since);
  if (broken) say_mark(told, *broken);
  place_kin_anew(hold);
}

void Engine::release(const OwnerKey& owner) {
  const auto hold = claims_.remove_hold(owner);
  if (!hold) return;
  drop_grants(*hold, std::nullopt);
  clean_left(hold->grants);
  forget_descriptors(*hold);
}

void Engine::forget_descriptors(const Claim& hold) {
  forget_owner(hold.owner, hold.handle);
  for (const HandleId other : hold.fcntl->others) forget_owner(hold.owner, other);
}

// Gives up what was taken through this handle; its owners may have more through another.
void Engine::drop_claims(const Handle& handle) {
  if (handle.owners.empty()) return;
  for (Claim* claim : claims_.through(handle.id, handle.owners)) {
    if (claim->token != 0) {
      if (claim->owner.via == Via::fcntl) {
        close_ranges(*claim, handle.id);
      } else {
        release(OwnerKey(claim->owner));
      }
      continue;
    }
    refuse_wait(*claim, Reason::interrupted);
  }
}

void Engine::forget_owner(const OwnerKey& owner, HandleId handle) {
  if (claims_.any_of(owner, handle)) return;
  Handle* through = handles_.find(handle);
  if (through == nullptr) return;
  through->owners.remove(owner);
  if (through->kind == FileKind::remote) on(event::Close{handle});
}

void Engine::on(const event::Release& e) {
  if (Handle* handle = handles_.find(e.handle)) {
    handle->take_kept_place(e.thread, e.owner.via, std::nullopt);
  }
  Reason reason = Reason::none;
  if (e.owner.via == Via::fcntl) {
    reason = unlock(e.owner, e.bytes);
  } else {
    release(e.owner);
  }
  answer({.id = e.id, .reason = reason});
}

void Engine::on(const event::Cancel& e) {
  Claim* waiting = claims_.waiter(e.id);
  if (waiting == nullptr) return;  // it was answered meanwhile
  if (Handle* handle = handles_.find(waiting->handle)) {
    handle->keep_place({waiting->thread, waiting->owner.via, waiting->mode, waiting->ticket});
  }
  refuse_wait(*waiting, Reason::interrupted);
}

}  // namespace lockfs
