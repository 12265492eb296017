// The engine's answers to mutexdaemon's requests (mutexdaemon.h).
//
// A board is the connection's: it goes when the connection does. Where the configuration says
// `reentrant = user`, further connections of the same user join the one that holds.
#include <algorithm>

#include "core/engine.h"
#include "core/mutexdaemon.h"

namespace lockfs {
namespace {

std::string error(std::string_view code, const std::string& text) {
  return mutexdaemon::error(code, text);
}

std::string to_error(Reason reason, const std::string& board) {
  switch (reason) {
    case Reason::permission:
      return error("permission", "you may not use " + board);
    case Reason::would_block:
      return error("busy", "every board of " + board + " is taken");
    case Reason::shutting_down:
      return error("unavailable", "the daemon is stopping");
    case Reason::limit:
      return error("unavailable", "a limit on locks is reached");
    default:
      return error("unavailable", board + " is not to be had");
  }
}

// Nobody can get any, held or not.
bool all_offline(const Lock& lock) {
  return std::all_of(lock.pool.units().begin(), lock.pool.units().end(),
                     [](const auto& unit) { return unit->offline || unit->retired; });
}

std::size_t count_holders(const Unit& unit) {
  std::size_t count = 0;
  for (const auto* grant = unit.holders.first(); grant != nullptr;
       grant = decltype(unit.holders)::after(*grant)) {
    ++count;
  }
  return count;
}

}  // namespace

void Engine::obey(Connection& c, const mutexdaemon::Request& request) {
  using mutexdaemon::Verb;
  if (request.verb == Verb::bye) {
    c.closing = true;
    return;
  }
  if (request.verb == Verb::set_uid) return set_user(c, request);
  if (!c.user) return say(c, error("nosetuid", "say first who you are: setuid UID"));
  switch (request.verb) {
    case Verb::request_board:
      return request_board(c, request.board);
    case Verb::request_users:
      return list_users(c, request.board);
    case Verb::instance_offline:
      return mark_instance_offline(c);
    case Verb::reload:
      if (!may_command(*c.user)) {
        return say(c, error("permission", "only root and members of admin_group may reload"));
      }
      c.waits = true;
      c.reloads = true;
      effects_->errands.reloads.push_back(c.id);
      return;
    default:
      return;
  }
}

std::vector<ConnectionId> Engine::awaiting_reload() const {
  std::vector<ConnectionId> waiting;
  for (const auto& [id, c] : connections_) {
    if (c.reloads) waiting.push_back(id);
  }
  return waiting;
}

// Root is believed; anybody else is who the kernel says.
void Engine::set_user(Connection& c, const mutexdaemon::Request& request) {
  const bool believed = c.peer.uid == 0 || (request.uid && *request.uid == c.peer.uid);
  if (!request.uid || !believed) {
    return say(c, error("permission", "that user is not you"));
  }
  if (c.handle != HandleId::none && c.user != request.uid) {
    return say(c, error("alreadylocked", "a board is assigned to this connection"));
  }
  c.user = request.uid;
}

// A hold of this user that another connection of the same user may join.
const Claim* Engine::find_mate(const Lock& lock, uid_t uid) {
  if (!lock.reentrant) return nullptr;
  for (const Claim* hold : holds_of(lock, nullptr)) {
    const Unit& unit = *hold->grants.front().unit;
    const bool joinable = hold->owner.via == Via::mutexdaemon && !unit.retired && !unit.offline;
    if (joinable && hold->client.uid == uid) return hold;
  }
  return nullptr;
}

void Engine::request_board(Connection& c, const std::string& board) {
  const Lock* lock = locks_.find(board);
  if (lock == nullptr || !lock->in_service()) {
    return say(c, error("unknownboard", "there is no board of that name"));
  }
  if (handles_.find(c.handle) != nullptr) {
    return say(c, error("alreadylocked", "a board is assigned to this connection"));
  }
  if (all_offline(*lock)) return say(c, error("unavailable", "every board is offline"));
  Reason reason = Reason::none;
  Handle* handle = open_remote(c, {board}, reason);
  if (handle == nullptr) return say(c, to_error(reason, board));
  RemoteParty party;
  party.user = std::to_string(*c.user);
  party.connected = c.peer.since;
  remotes_.add(handle->id, std::move(party));
  c.board = board;
  const Claim* mate = find_mate(*lock, *c.user);
  if (mate == nullptr || !lock->access.allows(*c.user) || stopping_) {
    return ask_remotely(c, *handle, Via::mutexdaemon, std::nullopt, false);
  }
  join(c, *handle, *mate);
}

void Engine::join(Connection& c, Handle& handle, const Claim& mate) {
  c.handle = handle.id;
  event::Acquire request;
  request.id = request_of(c.id);
  request.handle = handle.id;
  request.owner = {Via::mutexdaemon, NodeId::none, static_cast<std::uint64_t>(handle.id)};
  auto claim = make_claim(request, handle, next_ticket_++);
  claim->extras.edit().party = remotes_.find(handle.id);
  handle.owners.push_back(request.owner);
  const Grant& held = mate.grants.front();
  chosen_.assign(1, {held.lock, held.unit, Mode::exclusive, true});
  grant(std::move(claim));
}

void Engine::conclude_mutexdaemon(Connection& c, const Answer& answer) {
  if (std::exchange(c.reloads, false)) {
    const bool done = answer.reason == Reason::none;
    const std::string& text = last_command_.text;
    return say(c, done ? mutexdaemon::comment(text) : error("config", text));
  }
  if (answer.reason != Reason::none) {
    c.handle = HandleId::none;
    return say(c, to_error(answer.reason, c.board));
  }
  const Handle* handle = handles_.find(answer.handle);
  if (handle == nullptr || handle->owners.empty()) return;
  const Claim* hold = claims_.hold_of(handle->owners.front());
  say(c, mutexdaemon::assign(hold->grants.front().unit->name));
}

void Engine::list_users(Connection& c, const std::string& board) {
  const Lock* lock = locks_.find(board);
  if (lock == nullptr) return say(c, error("unknownboard", "there is no board of that name"));
  std::size_t index = 0;
  for (const auto& unit : lock->pool.units()) {
    if (unit->held()) {
      const Claim& holder = *unit->holders.first()->claim;
      const RemoteParty* party = holder.extras->party;
      const std::string user = party != nullptr ? party->user : std::to_string(holder.client.uid);
      say(c, mutexdaemon::user_info(index, user, count_holders(*unit)));
    } else {
      say(c,
          unit->offline ? mutexdaemon::offline_info(index) : mutexdaemon::user_info(index, {}, 0));
    }
    ++index;
  }
  say(c, mutexdaemon::end_of_list());
}

// The user found it dead. It goes to nobody else until an administrator says that it is online.
void Engine::mark_instance_offline(Connection& c) {
  const Handle* handle = handles_.find(c.handle);
  if (handle == nullptr || handle->owners.empty()) {
    return say(c, error("unavailable", "no board is assigned to this connection"));
  }
  const Claim& hold = *claims_.hold_of(handle->owners.front());
  Lock& lock = *hold.grants.front().lock;
  mark(lock, *hold.grants.front().unit, Mark{*c.user, now_, "instanceoffline"});
  on(event::Close{std::exchange(c.handle, HandleId::none)});
}

// It was taken away: the connection has nothing to stand for any more. (Not if it never had it, and
// is about to be told why.)
void Engine::end_assignment(HandleId handle) {
  for (auto& [id, c] : connections_) {
    if (c.handle != handle || c.peer.protocol != Protocol::mutexdaemon) continue;
    if (c.closing || c.answer) return;
    c.handle = HandleId::none;
    say(c, error("unavailable", c.board + " was taken from you"));
    c.closing = true;
    effects_->errands.connections.push_back(id);
    return;
  }
}

}  // namespace lockfs
