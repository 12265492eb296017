// The engine's nodes and descriptors: what can be opened, made and removed.
#include <algorithm>

#include "core/engine.h"

namespace lockfs {

std::optional<NodeId> Engine::find_node(std::string_view name) {
  if (const Lock* lock = locks_.find(name)) return lock->node;
  if (const NamedExpression* named = locks_.find_expression(name)) return named->node;
  return std::nullopt;
}

std::vector<const Lock*> Engine::locks_of(NodeId node) const {
  if (const Lock* lock = locks_.find(node)) return {lock};
  const NamedExpression* named = locks_.find_expression(node);
  std::vector<const Lock*> locks;
  if (named == nullptr) return locks;
  for (const auto& all : named->expression.alternatives) {
    for (const auto& term : all) {
      const Lock* lock = locks_.find(term.name);
      if (lock == nullptr) return {};
      if (std::find(locks.begin(), locks.end(), lock) == locks.end()) locks.push_back(lock);
    }
  }
  return locks;
}

std::optional<bool> Engine::may_lock(NodeId node, uid_t uid) const {
  if (const Lock* lock = locks_.find(node)) return lock->access.allows(uid);
  const NamedExpression* named = locks_.find_expression(node);
  if (named == nullptr) return std::nullopt;
  const auto& alternatives = named->expression.alternatives;
  return std::any_of(alternatives.begin(), alternatives.end(), [&](const AllOf& all) {
    return std::all_of(all.begin(), all.end(), [&](const Term& term) {
      const Lock* lock = locks_.find(term.name);
      return lock != nullptr && lock->access.allows(uid);
    });
  });
}

// Whether there is such a lock with such an address or so many units.
bool Engine::exists(const Term& term) const {
  const Lock* lock = locks_.find(term.name);
  if (lock == nullptr || term.count > lock->pool.usable()) return false;
  const Unit* unit = term.address ? lock->pool.find(*term.address) : nullptr;
  return !term.address || (unit != nullptr && !unit->retired);
}

void Engine::on(const event::Intern& e) {
  auto expression = parse_expression(e.text);
  if (!expression) return;
  for (const auto& all : expression->alternatives) {
    if (!std::all_of(all.begin(), all.end(), [&](const Term& term) { return exists(term); }))
      return;
  }
  locks_.intern(e.text, std::move(*expression));
}

bool Engine::too_many_opens(uid_t uid) const {
  return uid != 0 && handles_.opened_by(uid) >= limits_.max_opens_per_user;
}

void Engine::answer_opened(RequestId id, const Handle& handle) {
  answer({.id = id, .handle = handle.id, .node = handle.node});
}

void Engine::on(const event::Open& e) {
  Reason reason = Reason::none;
  if (too_many_opens(e.client.uid)) {
    reason = Reason::too_many_opens;
  } else if (e.kind == FileKind::lock) {
    reason = open_lock(e.node, e);
  } else {
    Handle& handle = handles_.open(e.kind, e.node, e.client);
    if (e.kind == FileKind::events) handle.extras.edit().read = {{.position = last_position_ + 1}};
    answer_opened(e.id, handle);
  }
  if (reason != Reason::none) answer({.id = e.id, .reason = reason});
}

// The locks that a descriptor on this node names; none, and why, if it cannot be opened.
std::vector<Lock*> Engine::find_names(NodeId node, uid_t uid, Reason& reason) {
  if (const NamedExpression* named = locks_.find_expression(node)) {
    std::vector<Lock*> names;
    for (const auto& all : named->expression.alternatives) {
      for (const auto& term : all) names.push_back(locks_.find(term.name));
    }
    if (std::find(names.begin(), names.end(), nullptr) == names.end()) return names;
    reason = Reason::unknown;
    return {};
  }
  reason = Reason::stale;
  Lock* lock = locks_.find(node);
  if (lock == nullptr) lock = revive(node, uid, reason);
  if (lock == nullptr) return {};
  return {lock};
}

Reason Engine::open_lock(NodeId node, const event::Open& e) {
  Reason reason = Reason::none;
  const auto names = find_names(node, e.client.uid, reason);
  if (names.empty()) return reason;
  Handle& handle = handles_.open(FileKind::lock, node, e.client);
  handle.expression = locks_.find_expression(node);
  if (handle.expression != nullptr) ++handle.expression->opens;
  for (Lock* lock : names) pin(handle, *lock);
  answer_opened(e.id, handle);
  return Reason::none;
}

void Engine::pin(Handle& handle, Lock& lock) {
  ++lock.opens;
  handle.names.push_back(&lock);
}

void Engine::unpin(Lock& lock) {
  --lock.opens;
  forget(lock);
}

// A lock that is in nobody's configuration and nobody's hands goes.
void Engine::forget(Lock& lock) {
  if (lock.stays() || lock.in_use()) return;
  if (lock.unsettled) unsettled_.erase(&lock);
  look_at_.erase(&lock);
  yielding_.erase(&lock);
  if (lock.kind == LockKind::dynamic) {
    uncount_dynamic(lock.creator);
    notice(NoticeKind::removed, lock);
  }
  locks_.erase(lock);
}

// A dynamic lock that went between somebody's look-up and open comes back under its node.
Lock* Engine::revive(NodeId node, uid_t uid, Reason& reason) {
  const std::string name = locks_.lingering_name(node);
  if (name.empty()) return nullptr;
  reason = may_make(name, uid);
  return reason == Reason::none ? &make_dynamic(name, uid) : nullptr;
}

Reason Engine::may_make(std::string_view name, uid_t uid) const {
  if (!valid_name(name)) return Reason::invalid;
  if (!create_.allows(uid)) return Reason::permission;
  if (stopping_) return Reason::shutting_down;
  const auto made = dynamic_per_user_.find(uid);
  const bool too_many = uid != 0 && made != dynamic_per_user_.end() &&
                        made->second >= limits_.max_dynamic_locks_per_user;
  return too_many ? Reason::limit : Reason::none;
}

Lock& Engine::make_dynamic(std::string_view name, uid_t uid) {
  Lock& lock = locks_.make(name, LockKind::dynamic);
  lock.creator = uid;
  lock.last_grant = now_;
  lock.pool.reshape({lock.name}, now_);
  ++dynamic_per_user_[uid];
  notice(NoticeKind::created, lock).client.uid = uid;
  return lock;
}

void Engine::uncount_dynamic(uid_t creator) {
  const auto user = dynamic_per_user_.find(creator);
  if (--user->second == 0) dynamic_per_user_.erase(user);
}

void Engine::on(const event::Create& e) {
  Reason reason = Reason::none;
  Lock* lock = locks_.find(e.name);
  if (too_many_opens(e.client.uid)) {
    reason = Reason::too_many_opens;
  } else if (lock == nullptr) {
    reason = may_make(e.name, e.client.uid);
    if (reason == Reason::none) lock = &make_dynamic(e.name, e.client.uid);
  }
  if (reason != Reason::none) return answer({.id = e.id, .reason = reason});
  Handle& handle = handles_.open(FileKind::lock, lock->node, e.client);
  pin(handle, *lock);
  answer_opened(e.id, handle);
}

void Engine::on(const event::Seek& e) {
  if (Handle* handle = handles_.find(e.handle)) handle->extras.edit().text_base = e.base;
}

void Engine::on(const event::EventsRead& e) {
  Handle* handle = handles_.find(e.handle);
  if (handle != nullptr && handle->kind == FileKind::events)
    handle->extras.edit().read = {e.from, e.to};
}

void Engine::on(const event::Close& e) {
  Handle* handle = handles_.find(e.handle);
  if (handle == nullptr) return;  // it comes again
  drop_claims(*handle);
  handle = handles_.find(e.handle);
  if (handle == nullptr) return;  // an open that was still waiting went with its wait
  if (handle->expression != nullptr) --handle->expression->opens;
  polled_ -= handle->extras->poller ? 1 : 0;
  if (handle->kind == FileKind::remote) forget_remote(*handle);
  const auto names = std::move(handle->names);
  handles_.close(*handle);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool again = std::find(names.begin() + i + 1, names.end(), names[i]) != names.end();
    again ? static_cast<void>(--names[i]->opens) : unpin(*names[i]);
  }
}

// rm(1): of a dynamic lock that nobody holds, waits for or has open. One made by command to last is
// for its maker and the administrators to remove, one that is marked for these only.
Reason Engine::remove_dynamic(Lock& lock, uid_t by) {
  if (lock.kind != LockKind::dynamic) return Reason::not_allowed;
  if (lock.lasting && by != lock.creator && !may_command(by)) return Reason::not_allowed;
  if (lock.marked() && !may_command(by)) return Reason::not_allowed;
  if (lock.in_use()) return Reason::busy;
  lock.lasting = false;
  clear_marks(lock);
  forget(lock);
  return Reason::none;
}

void Engine::on(const event::Unlink& e) {
  Lock* lock = locks_.find(e.name);
  answer({.id = e.id, .reason = lock == nullptr ? Reason::unknown : remove_dynamic(*lock, e.by)});
}

Outcome Engine::run(const command::Make& c, const Client& by) {
  if (!valid_name(c.name)) return {Code::syntax, "not a lock's name: " + c.name};
  Lock* lock = locks_.find(c.name);
  if (lock != nullptr && (lock->lasting || lock->kind != LockKind::dynamic)) {
    return {Code::busy, "there is a lock of that name: " + c.name};
  }
  if (lock == nullptr) lock = &make_dynamic(c.name, by.uid);
  lock->lasting = true;
  return {Code::ok, "made lock " + c.name};
}

Outcome Engine::run(const command::Remove& c, const Client& by) {
  Lock* lock = locks_.find(c.name);
  if (lock == nullptr) return {Code::unknown_board, "there is no lock of that name: " + c.name};
  switch (remove_dynamic(*lock, by.uid)) {
    case Reason::none:
      return {Code::ok, "removed lock " + c.name};
    case Reason::busy:
      return {Code::busy, "somebody holds it, waits for it or has it open: " + c.name};
    default:
      return {Code::permission,
              "it stands in the configuration; take it out there and reload: " + c.name};
  }
}

}  // namespace lockfs
