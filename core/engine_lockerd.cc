// The engine's answers to lockerd's commands (lockerd.h).
//
// A lock is the user's, by the name that the user gives: the same user asking again has it, and one
// UNLOCK frees it, from whatever connection.
#include <algorithm>

#include "core/engine.h"

namespace lockfs {
namespace {

// Why a request is refused, in the word for `error`.
std::string_view word_for(Reason reason) {
  switch (reason) {
    case Reason::permission:
    case Reason::not_allowed:
      return "permission";
    case Reason::gone:
    case Reason::unknown:
      return "gone";
    case Reason::invalid:
      return "invalid_lock";
    case Reason::limit:
    case Reason::too_many_opens:
      return "limit";
    case Reason::shutting_down:
      return "server_restarting";
    case Reason::replaced:
      return "replaced";
    default:
      return "unavailable";
  }
}

}  // namespace

bool Engine::is_admin(const Connection& c) const {
  return may_command(c.peer.uid) || may_command(c.identified);
}

void Engine::obey(Connection& c, const lockerd::Command& command) {
  using lockerd::Verb;
  const bool of_locks = command.verb <= Verb::break_lock;
  const bool needs_user = command.verb == Verb::lock || command.verb == Verb::unlock;
  const auto fault = of_locks ? lockerd::find_fault(c.settings, needs_user) : std::string_view();
  if (!fault.empty()) return say(c, lockerd::error(fault));
  switch (command.verb) {
    case Verb::lock:
      return lock_by_lockerd(c);
    case Verb::unlock:
      return unlock_by_lockerd(c);
    case Verb::status:
      return say(c, lockerd::status_block(standing(c.settings)));
    case Verb::break_lock:
      return break_by_lockerd(c);
    case Verb::lock_list:
      c.listing = NodeId::none;
      return list_locks(c);
    case Verb::version:
      return say(c, lockerd::version(started_));
    case Verb::dead_pid:
      if (command.pid != 0) effects_->errands.suspects.push_back({command.host, command.pid});
      return;
    case Verb::restart:
      if (!is_admin(c)) return say(c, lockerd::error("permission"));
      effects_->errands.upgrade = true;
      return;
    case Verb::end:
      c.closing = true;
  }
}

// What this user has or awaits of this lock.
Claim* Engine::lockerd_claim(const std::string& name, const std::string& user) const {
  const Lock* lock = locks_.find(name);
  if (lock == nullptr) return nullptr;
  const HandleId id = remotes_.of_user(lock->node, user);
  const Handle* handle = handles_.find(id);
  if (handle == nullptr || handle->owners.empty()) return nullptr;
  Claim* hold = claims_.hold_of(handle->owners.front());
  return hold != nullptr ? hold : claims_.first_wait_of(handle->owners.front());
}

Claim* Engine::lockerd_hold(const std::string& name, const std::string& user) const {
  Claim* claim = lockerd_claim(name, user);
  return claim != nullptr && claim->token != 0 ? claim : nullptr;
}

// The locks as the user finds them: the first one that it holds, else the first one.
lockerd::Standing Engine::standing(const lockerd::Settings& settings) const {
  for (const auto& name : settings.locks) {
    if (lockerd_hold(name, settings.user) != nullptr) return {settings.user, name};
  }
  const Lock* lock = locks_.find(settings.locks.front());
  return {lock == nullptr ? std::string() : owner_of(*lock), {}};
}

// The same user waits for one of these already: the new request gets the place of the old one.
std::optional<Ticket> Engine::take_place(const lockerd::Settings& asked) {
  std::optional<Ticket> ticket;
  for (const auto& name : asked.locks) {
    Claim* waiting = lockerd_claim(name, asked.user);
    if (waiting == nullptr) continue;
    ticket = std::min(ticket.value_or(waiting->ticket), waiting->ticket);
    refuse_wait(*waiting, Reason::replaced);
  }
  return ticket;
}

void Engine::lock_by_lockerd(Connection& c) {
  const auto& asked = c.settings;
  for (const auto& name : asked.locks) {
    if (const Claim* hold = lockerd_hold(name, asked.user)) return hold_on(c, *hold);
  }
  const auto ticket = asked.block ? take_place(asked) : std::nullopt;
  Reason reason = Reason::none;
  Handle* handle = open_remote(c, asked.locks, reason);
  if (handle == nullptr) return say(c, lockerd::error(word_for(reason)));
  const HandleId id = handle->id;
  remotes_.add(id, {asked.user, c.peer.host, asked.host, asked.pid,
                    asked.autounlock && asked.pid != 0 && !asked.host.empty(), c.peer.since, 0,
                    asked.timeout, 0});
  ask_remotely(c, *handle, Via::lockerd, ticket, asked.block);
  if (!c.waits && c.answer && c.answer->reason != Reason::would_block) return;
  tell_of_holders(c);
  if (!c.waits) return;
  for (const Lock* lock : handles_.find(id)->names) stand(*lock, *handles_.find(id));
}

// It is this user's already: the limit begins anew.
void Engine::hold_on(Connection& c, const Claim& hold) {
  const HandleId id = hold.handle;
  remotes_.find(id)->limit = c.settings.timeout;
  remotes_.set_deadline(id, c.settings.timeout == 0 ? 0 : now_ + c.settings.timeout);
  c.settings.locks = {hold.grants.front().lock->name};
  say(c, lockerd::status_block(standing(c.settings)));
}

// Of those who keep it waiting: whose process it may look at itself, and who it is that it waits
// for.
void Engine::tell_of_holders(Connection& c) {
  for (const auto& name : c.settings.locks) {
    const Lock* lock = locks_.find(name);
    const Unit* unit = lock == nullptr ? nullptr : lock->pool.units().front().get();
    if (!c.settings.autounlock || unit == nullptr || !unit->held()) continue;
    const RemoteParty* holder = unit->holders.first()->claim->extras->party;
    if (holder == nullptr || !holder->autounlock) continue;
    say(c, lockerd::autounlock_check(name, holder->process_host, holder->process));
  }
  if (!c.waits) return;
  c.told_waiting = true;
  say(c, lockerd::waiting(standing(c.settings).owner));
}

void Engine::conclude_lockerd(Connection& c, const Answer& answer, bool told_waiting) {
  if (answer.reason == Reason::none) {
    if (const Lock* lock = settle_on_granted(answer.handle)) c.settings.locks = {lock->name};
    say(c, (told_waiting ? lockerd::obtained() : "") + lockerd::status_block(standing(c.settings)));
  } else if (answer.reason == Reason::would_block) {
    say(c, lockerd::status_block(standing(c.settings)));
  } else {
    say(c, lockerd::error(word_for(answer.reason)));
    c.closing = answer.reason == Reason::shutting_down || c.closing;
  }
  c.handle = HandleId::none;
}

void Engine::unlock_by_lockerd(Connection& c) {
  for (const auto& name : c.settings.locks) {
    if (const Claim* hold = lockerd_hold(name, c.settings.user)) release(OwnerKey(hold->owner));
  }
  settle();
  conclude_answered();
  say(c, lockerd::status_block(standing(c.settings)));
}

// One's own, or with an administrator's right anybody's.
void Engine::break_by_lockerd(Connection& c) {
  std::vector<Claim*> holds;
  for (const auto& name : c.settings.locks) {
    const Lock* lock = locks_.find(name);
    if (lock == nullptr) continue;
    const auto more = holds_of(*lock, nullptr);
    std::copy_if(more.begin(), more.end(), std::back_inserter(holds), [&](const Claim* hold) {
      return std::find(holds.begin(), holds.end(), hold) == holds.end();
    });
  }
  const auto is_own = [&](const Claim* hold) {
    const bool by_name =
        hold->extras->party != nullptr && hold->extras->party->user == c.settings.user;
    return by_name || (c.peer.uid != unknown_uid && hold->client.uid == c.peer.uid);
  };
  if (!is_admin(c) && !std::all_of(holds.begin(), holds.end(), is_own)) {
    return say(c, lockerd::error("permission"));
  }
  const uid_t by = c.peer.uid == unknown_uid ? c.identified : c.peer.uid;
  for (Claim* hold : holds) {
    say(c, lockerd::broke(owner_name(*hold)));
    break_hold(*hold, {by, now_, "BREAK_LOCK by " + c.settings.user});
  }
  settle();
  conclude_answered();
  say(c, lockerd::status_block(standing(c.settings)));
}

// Only so much at a time: the list goes on when that is written.
void Engine::list_locks(Connection& c) {
  const auto& locks = locks_.locks();
  auto next = locks.upper_bound(*c.listing);
  for (; next != locks.end() && c.output.size() < Connection::max_output; ++next) {
    for (const auto& unit : next->second->pool.units()) {
      if (!unit->held()) continue;
      say(c, lockerd::list_entry(next->second->name, owner_name(*unit->holders.first()->claim)));
    }
    c.listing = next->first;
  }
  if (next != locks.end()) return;
  c.listing.reset();
  say(c, lockerd::list_end());
}

}  // namespace lockfs
