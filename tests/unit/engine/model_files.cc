// The model's names and descriptors: what is opened, made, removed and configured.
#include <algorithm>

#include "tests/unit/engine/model.h"

namespace lockfs::model {

void Model::on(const event::Intern& e) {
  const auto expression = parse_expression(e.text);
  if (!expression || expressions_.count(e.text) != 0) return;
  for (const auto& all : expression->alternatives) {
    for (const auto& term : all) {
      const auto lock = locks_.find(term.name);
      if (lock == locks_.end()) return;
      const auto& units = lock->second.units;
      const auto there =
          std::count_if(units.begin(), units.end(), [](const Unit& unit) { return !unit.retired; });
      const bool found = std::any_of(units.begin(), units.end(), [&](const Unit& unit) {
        return !unit.retired && unit.name == term.address;
      });
      if (static_cast<std::uint32_t>(there) < term.count || (term.address && !found)) return;
    }
  }
  expressions_[e.text] = NodeId{next_node_++};
}

bool Model::too_many_opens(uid_t uid) const {
  const auto opens = std::count_if(handles_.begin(), handles_.end(), [&](const auto& handle) {
    return handle.second.client.uid == uid;
  });
  return uid != 0 && static_cast<std::uint32_t>(opens) >= limits_.max_opens_per_user;
}

HandleId Model::add_handle(FileKind kind, const Opened& opened, const Client& client) {
  const HandleId handle{next_handle_++};
  handles_[handle] = Handle{kind, opened.node, client, opened.alternatives, {}};
  return handle;
}

void Model::open(RequestId id, FileKind kind, const Opened& opened, const Client& client) {
  if (opened.reason != Reason::none) return answer({.id = id, .reason = opened.reason});
  answer({.id = id, .handle = add_handle(kind, opened, client), .node = opened.node});
}

Model::Opened Model::find_opened(NodeId wanted, const Client& client) {
  for (const auto& [text, node] : expressions_) {
    if (node != wanted) continue;
    const auto alternatives = parse_expression(text)->alternatives;
    for (const auto& all : alternatives) {
      for (const auto& term : all) {
        if (locks_.count(term.name) == 0) return {NodeId::none, {}, Reason::unknown};
      }
    }
    return {node, alternatives, Reason::none};
  }
  for (const auto& [name, node] : lingering_) {
    if (node == wanted) return find_or_make(std::string(name), client);
  }
  for (const auto& [name, lock] : locks_) {
    if (lock.node == wanted) return find_or_make(name, client);
  }
  return {NodeId::none, {}, Reason::stale};
}

Model::Opened Model::find_or_make(const std::string& name, const Client& client) {
  if (locks_.count(name) == 0) {
    const Reason reason = may_make(name, client.uid);
    if (reason != Reason::none) return {NodeId::none, {}, reason};
    make_dynamic(name, client.uid);
  }
  return {locks_[name].node, {{Term{name, {}, 1, {}}}}, Reason::none};
}

void Model::on(const event::Open& e) {
  if (too_many_opens(e.client.uid)) return answer({.id = e.id, .reason = Reason::too_many_opens});
  if (e.kind != FileKind::lock) return open(e.id, e.kind, {e.node, {}, Reason::none}, e.client);
  open(e.id, e.kind, find_opened(e.node, e.client), e.client);
}

Reason Model::may_make(const std::string& name, uid_t uid) const {
  if (!valid_name(name)) return Reason::invalid;
  if (!create_.allows(uid)) return Reason::permission;
  if (stopping_) return Reason::shutting_down;
  const auto made = std::count_if(locks_.begin(), locks_.end(), [&](const auto& lock) {
    return lock.second.kind == LockKind::dynamic && lock.second.creator == uid;
  });
  const bool full = static_cast<std::uint32_t>(made) >= limits_.max_dynamic_locks_per_user;
  return uid != 0 && full ? Reason::limit : Reason::none;
}

void Model::make_dynamic(const std::string& name, uid_t uid) {
  Lock lock;
  lock.node = lingering_.count(name) != 0 ? lingering_[name] : NodeId{next_node_++};
  lock.creator = uid;
  lock.last_grant = now_;
  reshape(lock, {name});
  lingering_.erase(name);
  locks_[name] = lock;
}

void Model::on(const event::Create& e) {
  if (too_many_opens(e.client.uid)) return answer({.id = e.id, .reason = Reason::too_many_opens});
  open(e.id, FileKind::lock, find_or_make(e.name, e.client), e.client);
}

void Model::on(const event::Hold& e) {
  if (too_many_opens(e.client.uid)) return answer({.id = e.id, .reason = Reason::too_many_opens});
  const auto opened =
      e.name.empty() ? find_opened(e.node, e.client) : find_or_make(e.name, e.client);
  if (opened.reason != Reason::none) return answer({.id = e.id, .reason = opened.reason});
  const HandleId handle = add_handle(FileKind::hold, opened, e.client);
  Claim claim;
  claim.owner = {Via::hold, opened.node, static_cast<std::uint64_t>(handle)};
  claim.handles = {handle};
  claim.client = e.client;
  claim.mode = e.mode;
  claim.request = e.id;
  claim.since = now_;
  Reason reason = stopping_ ? Reason::shutting_down : why_none(claim);
  if (reason == Reason::none) {
    claim.ticket = next_ticket_++;
    const bool made = !e.name.empty() && e.wait;
    if (made && !find_units(claim, {})) reason = Reason::stale;
  }
  reason == Reason::none ? ask(claim, e.wait, {}) : answer({.id = e.id, .reason = reason});
  const bool got_nothing = std::none_of(claims_.begin(), claims_.end(), [&](const Claim& other) {
    return other.owner == claim.owner;
  });
  if (got_nothing) handles_.erase(handle);
}

void Model::on(const event::Close& e) {
  for (const auto& claim : std::vector(claims_)) {
    if (!claim.uses(e.handle)) continue;
    if (claim.token != 0 && claim.owner.via == Via::fcntl) {
      close_ranges(*hold_of(claim.owner), e.handle);
    } else if (claim.token != 0) {
      let_go(claim);
    } else {
      remove_wait(claim.request);
      answer({.id = claim.request, .reason = Reason::interrupted});
    }
  }
  handles_.erase(e.handle);
}

bool Model::in_use(const std::string& name) const {
  for (const auto& [id, handle] : handles_) {
    for (const auto& all : handle.alternatives) {
      for (const auto& term : all) {
        if (term.name == name) return true;
      }
    }
  }
  // Claims come through open handles.
  const auto& units = locks_.at(name).units;
  return std::any_of(units.begin(), units.end(), [](const Unit& unit) { return unit.cleaning; });
}

Reason Model::remove(const std::string& name, uid_t by) {
  const auto found = locks_.find(name);
  if (found == locks_.end()) return Reason::unknown;
  Lock& lock = found->second;
  if (lock.kind != LockKind::dynamic) return Reason::not_allowed;
  if (lock.lasting && by != lock.creator && !admins_.allows(by)) return Reason::not_allowed;
  if (marked(lock) && !admins_.allows(by)) return Reason::not_allowed;
  if (in_use(name)) return Reason::busy;
  lock.lasting = false;
  lock.draining.reset();
  for (auto& unit : lock.units) unit.offline.reset();
  return Reason::none;
}

void Model::on(const event::Unlink& e) { answer({.id = e.id, .reason = remove(e.name, e.by)}); }

Code Model::run(const command::Make& c, uid_t by) {
  if (!valid_name(c.name)) return Code::syntax;
  const auto lock = locks_.find(c.name);
  if (lock == locks_.end()) {
    make_dynamic(c.name, by);
  } else if (lock->second.lasting || lock->second.kind != LockKind::dynamic) {
    return Code::busy;
  }
  locks_[c.name].lasting = true;
  return Code::ok;
}

Code Model::run(const command::Remove& c, uid_t by) {
  switch (remove(c.name, by)) {
    case Reason::none:
      return Code::ok;
    case Reason::unknown:
      return Code::unknown_board;
    case Reason::busy:
      return Code::busy;
    default:
      return Code::permission;
  }
}

Code Model::run(const command::Settled& c, uid_t) { return c.outcome.code; }

// A new configuration, and then every waiter asks whether there still is something to wait for.
Code Model::run(const command::Reload& c, uid_t) {
  adopt(c.policy);
  for (const auto& claim : std::vector(claims_)) {
    if (claim.token != 0) continue;
    const Reason reason = why_none(claim);
    if (reason == Reason::none) continue;
    remove_wait(claim.request);
    answer({.id = claim.request, .reason = reason});
  }
  return Code::ok;
}

void Model::adopt(const Policy& policy) {
  create_ = policy.create;
  admins_ = policy.admins;
  limits_ = policy.limits;
  std::set<std::string> wanted;
  for (const auto& spec : policy.locks) wanted.insert(spec.name);
  for (auto& [name, lock] : locks_) {
    if (!lock.configured || wanted.count(name) != 0) continue;
    lock.configured = false;
    lock.fail_at_deadlock = false;
    lock.max_hold = 0;
    lock.cleans = false;
    reshape(lock, {});
  }
  for (const auto& spec : policy.locks) {
    if (locks_.count(spec.name) == 0) {
      Lock& made = locks_[spec.name];
      made.node = lingering_.count(spec.name) != 0 ? lingering_[spec.name] : NodeId{next_node_++};
      made.last_grant = now_;
      lingering_.erase(spec.name);
    }
    Lock& lock = locks_[spec.name];
    lock.kind = spec.kind;
    lock.configured = true;
    lock.lasting = false;
    lock.access = spec.access;
    lock.fail_at_deadlock = spec.fail_at_deadlock;
    lock.max_hold = spec.max_hold;
    lock.on_expiry = spec.on_expiry;
    lock.cleans = !spec.hooks.on_release.empty();
    reshape(lock, spec.units);
  }
  for (auto& claim : claims_) claim.passed = 0;
}

// The units in the order of the configuration; those no longer there behind them, retired.
void Model::reshape(Lock& lock, const std::vector<std::string>& names) {
  auto old = lock.units;
  lock.units.clear();
  for (const auto& name : names) {
    const auto known =
        std::find_if(old.begin(), old.end(), [&](const Unit& unit) { return unit.name == name; });
    if (known == old.end()) {
      const auto change = next_change_++;
      lock.units.push_back({name, false, {}, false, now_, change, change});
      continue;
    }
    if (known->retired) known->freed = known->shared = next_change_++;
    known->retired = false;
    lock.units.push_back(*known);
    old.erase(known);
  }
  std::sort(old.begin(), old.end(), [](const Unit& a, const Unit& b) { return a.name < b.name; });
  for (auto& unit : old) {
    unit.retired = true;
    lock.units.push_back(unit);
  }
}

void Model::forget_unused() {
  for (auto& [name, lock] : locks_) {
    std::erase_if(lock.units, [&, &name = name](const Unit& unit) {
      return unit.retired && !unit.cleaning && holders(name, unit.name).empty();
    });
  }
  for (auto lock = locks_.begin(); lock != locks_.end();) {
    const bool kept = lock->second.kind == LockKind::dynamic && marked(lock->second);
    if (lock->second.configured || lock->second.lasting || kept || in_use(lock->first)) {
      ++lock;
      continue;
    }
    if (lock->second.kind == LockKind::dynamic) lingering_[lock->first] = lock->second.node;
    lock = locks_.erase(lock);
  }
}

}  // namespace lockfs::model
