// The engine's reload: a new configuration in one step, resetting no lock.
#include <algorithm>
#include <unordered_set>

#include "core/engine.h"

namespace lockfs {

void Engine::adopt(const Policy& policy) {
  create_ = policy.create;
  admins_ = policy.admins;
  limits_ = policy.limits;
  doors_ = policy.doors;
  hook_rules_ = policy.hooks;
  retire_missing(policy);
  for (const auto& spec : policy.locks) configure(spec);
}

// What is no longer there stays with its holders until the last one leaves.
void Engine::retire_missing(const Policy& policy) {
  std::unordered_set<std::string_view> wanted;
  for (const auto& spec : policy.locks) wanted.insert(spec.name);
  for (const auto& [node, lock] : locks_.locks()) {
    if (!lock->configured || wanted.contains(lock->name)) continue;
    lock->configured = false;
    lock->fail_at_deadlock = false;
    lock->max_hold = 0;
    lock->hooks.reset();
    lock->pool.reshape({}, now_);
    touch(*lock);
  }
}

void Engine::configure(const LockSpec& spec) {
  Lock* lock = locks_.find(spec.name);
  if (lock == nullptr) {
    lock = &locks_.make(spec.name, spec.kind);
    lock->last_grant = now_;
  } else if (lock->kind == LockKind::dynamic) {
    lock->lasting = false;
    uncount_dynamic(lock->creator);
  }
  lock->kind = spec.kind;
  lock->configured = true;
  lock->access = spec.access;
  lock->group = spec.group;
  lock->description = spec.description;
  lock->fail_at_deadlock = spec.fail_at_deadlock;
  lock->reentrant = spec.reentrant;
  lock->max_hold = spec.max_hold;
  lock->on_expiry = spec.on_expiry;
  lock->hooks = spec.hooks.any() ? std::make_unique<const Hooks>(spec.hooks) : nullptr;
  lock->pool.reshape(spec.units, now_);
  touch(*lock);
}

// Every waiter asks anew in its old place: for what is left, or it is told why there is nothing.
void Engine::review_waits() {
  for (Claim* claim : claims_.all_waits()) {
    const Handle* handle = handles_.find(claim->handle);
    Alternatives alternatives;
    const Reason reason = resolve(*handle, claim->mode, claim->client.uid, alternatives);
    if (reason != Reason::none) {
      refuse_wait(*claim, reason);
      continue;
    }
    dequeue(*claim);
    claim->alternatives = std::move(alternatives);
    place(*claim);
  }
  suspect_all();
}

Outcome Engine::run(const command::Reload& c, const Client&) {
  adopt(c.policy);
  ++mark_changes_;
  review_waits();
  for (Claim* hold : claims_.all_holds()) set_deadline(*hold, 0);
  return {Code::ok, "configuration reloaded: " + std::to_string(c.policy.locks.size()) + " locks"};
}

}  // namespace lockfs
