// The engine's claims of those who come through a socket door: each has a handle of its own, which
// comes with the request and goes with the wait or the hold. The lock is its owner's, whose name
// stands in the RemoteTable, and not the connection's.
#include <algorithm>

#include "core/engine.h"

namespace lockfs {
namespace {

// The user of a peer that is somewhere else has no id here.
Client client_of(const Connection& c) {
  return {c.user.value_or(c.peer.uid), c.peer.pid, c.peer.since};
}

OwnerKey owner_key(Via via, HandleId handle) {
  return {via, NodeId::none, static_cast<std::uint64_t>(handle)};
}

}  // namespace

// Holds whose time is over go before anything else is looked at: whoever asks finds them gone.
void Engine::expire() {
  for (auto id = remotes_.expired(now_); id != HandleId::none; id = remotes_.expired(now_)) {
    on(event::Close{id});
  }
}

void Engine::on(const event::Tick&) {}

// Opens a handle on these names; nothing, and why, if one of them cannot be opened.
Handle* Engine::open_remote(const Connection& connection, const std::vector<std::string>& names,
                            Reason& reason) {
  const Client client = client_of(connection);
  if (too_many_opens(client.uid)) {
    reason = Reason::limit;
    return nullptr;
  }
  Handle& handle = handles_.open(FileKind::remote, NodeId::none, client);
  for (const auto& name : names) {
    reason = add_name(handle, name);
    if (reason == Reason::none) continue;
    on(event::Close{handle.id});
    return nullptr;
  }
  return &handle;
}

Reason Engine::add_name(Handle& handle, const std::string& name) {
  Lock* lock = locks_.find(name);
  if (lock == nullptr) {
    const Reason reason = may_make(name, handle.client.uid);
    if (reason != Reason::none) return reason;
    lock = &make_dynamic(name, handle.client.uid);
  }
  pin(handle, *lock);
  return Reason::none;
}

// The answer goes to the connection, now or later. Whoever gets nothing and does not wait has
// opened nothing.
void Engine::ask_remotely(Connection& connection, Handle& handle, Via via,
                          std::optional<Ticket> ticket, bool wait) {
  const HandleId id = handle.id;
  connection.handle = id;
  Alternatives alternatives;
  const Reason reason = resolve_anew(handle, Mode::exclusive, alternatives);
  if (reason != Reason::none) {
    answer({.id = request_of(connection.id), .reason = reason});
    return on(event::Close{id});
  }
  event::Acquire request;
  request.id = request_of(connection.id);
  request.handle = id;
  request.owner = owner_key(via, id);
  auto claim = make_claim(request, handle, ticket ? *ticket : next_ticket_++);
  claim->alternatives = std::move(alternatives);
  claim->extras.edit().party = remotes_.find(id);
  handle.owners.push_back(request.owner);
  if (ask(std::move(claim), wait, {})) {
    connection.waits = !connection.answer;
  } else {
    on(event::Close{id});
  }
}

void Engine::stand(const Lock& lock, const Handle& handle) { remotes_.stand(lock.node, handle.id); }

// A grant out of several names: those that were not granted are let go. The one that was.
const Lock* Engine::settle_on_granted(HandleId id) {
  Handle* handle = handles_.find(id);
  if (handle == nullptr || handle->owners.empty()) return nullptr;
  const Claim* hold = claims_.hold_of(handle->owners.front());
  if (hold == nullptr) return nullptr;
  Lock* granted = hold->grants.front().lock;
  const auto names = std::exchange(handle->names, OneOrMore<Lock*>(granted));
  for (Lock* lock : names) {
    if (lock == granted) continue;
    remotes_.leave(lock->node, id);
    unpin(*lock);
  }
  stand(*granted, *handle);
  return granted;
}

void Engine::forget_remote(const Handle& handle) {
  for (const Lock* lock : handle.names) remotes_.leave(lock->node, handle.id);
  remotes_.remove(handle.id);
  end_assignment(handle.id);
}

void Engine::answer_remote(const Answer& answer) {
  Connection* asker = connection(connection_of(answer.id));
  if (asker == nullptr) return;
  lines_done_.erase(answer.id);
  asker->answer = answer;
  asker->waits = false;
  if (answer.reason == Reason::none) {
    if (const RemoteParty* party = remotes_.find(answer.handle); party != nullptr) {
      remotes_.set_deadline(answer.handle, party->limit == 0 ? 0 : now_ + party->limit);
    }
  }
  answered_.push_back(asker->id);
}

// What it waits for is dropped; what its user holds is not the connection's, but for a board of
// mutexdaemon's.
void Engine::end_connection(Connection& connection) {
  const HandleId board = std::exchange(connection.handle, HandleId::none);
  Claim* waiting = connection.waits ? claims_.waiter(request_of(connection.id)) : nullptr;
  if (waiting != nullptr) end_wait(*waiting, Reason::interrupted);
  if (connection.peer.protocol == Protocol::mutexdaemon) on(event::Close{board});
  connections_.erase(connection.id);
}

void Engine::on(const event::ProcessSeen& e) {
  if (RemoteParty* party = remotes_.find(e.handle)) party->started = e.started;
}

void Engine::on(const event::ProcessDied& e) {
  const RemoteParty* party = remotes_.find(e.handle);
  if (party == nullptr || !party->autounlock) return;
  const Handle& handle = *handles_.find(e.handle);
  const bool holds = !handle.owners.empty() && claims_.hold_of(handle.owners.front()) != nullptr;
  if (holds) on(event::Close{e.handle});
}

// In one word, for whoever knows only names of users. Those who came through the mount have none
// here; it is made as lockerd's clients make theirs.
std::string Engine::owner_name(const Claim& claim) const {
  if (claim.extras->party != nullptr) return claim.extras->party->user;
  return "localhost_" + std::to_string(claim.client.thread) + "_uid" +
         std::to_string(claim.client.uid);
}

// Empty if nobody has it, or not all of it.
std::string Engine::owner_of(const Lock& lock) const {
  if (lock.pool.free_count() > 0) return {};
  for (const auto& unit : lock.pool.units()) {
    if (unit->held()) return owner_name(*unit->holders.first()->claim);
  }
  return {};
}

}  // namespace lockfs
