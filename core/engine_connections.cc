// The engine's connections: what comes and goes through the socket doors, line by line.
//
// Of a connection one line is looked at after the other, and none while an earlier one waits for
// its lock. That happens after everything else of an event is settled, so that an answer shows what
// came of it.
#include <algorithm>

#include "core/engine.h"

namespace lockfs {

const Connection* Engine::find_connection(ConnectionId id) const {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : &found->second;
}

Connection* Engine::connection(ConnectionId id) {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : &found->second;
}

void Engine::on(const event::Connected& e) {
  Connection& added = connections_[e.id];
  added = {};
  added.id = e.id;
  added.peer = e.peer;
}

void Engine::on(const event::Identified& e) {
  if (Connection* known = connection(e.id)) known->identified = e.uid;
}

void Engine::on(const event::Received& e) {
  Connection* from = connection(e.id);
  if (from == nullptr) return;
  ++from->received;
  if (from->closing) return;
  from->input.append(e.bytes);
  go_on_with(e.id);
}

void Engine::on(const event::Written& e) {
  Connection* to = connection(e.id);
  if (to == nullptr) return;
  ++to->written;
  to->output.erase(0, e.bytes);
  if (to->output.empty()) go_on_with(e.id);
}

void Engine::on(const event::Disconnected& e) {
  if (Connection* gone = connection(e.id)) end_connection(*gone);
}

void Engine::on(const event::Reattached& e) {
  std::vector<ConnectionId> there = e.connections;
  std::sort(there.begin(), there.end());
  std::vector<ConnectionId> gone;
  for (const auto& [id, connection] : connections_) {
    if (!std::binary_search(there.begin(), there.end(), id)) gone.push_back(id);
  }
  for (const auto id : gone) on(event::Disconnected{id});
}

void Engine::say(Connection& connection, const std::string& text) { connection.output += text; }

void Engine::go_on_with(ConnectionId id) { going_on_.push_back(id); }

// Before anything else happens to what they got.
void Engine::conclude_answered() {
  for (const auto id : std::exchange(answered_, {})) {
    Connection* c = connection(id);
    if (c == nullptr || !c->answer) continue;
    conclude(*c);
    go_on_with(id);
  }
}

void Engine::serve_connections() {
  if (answered_.empty() && going_on_.empty()) return;
  conclude_answered();
  for (std::size_t i = 0; i < going_on_.size(); ++i) {
    const ConnectionId id = going_on_[i];
    if (Connection* next = connection(id)) serve(*next);
    settle();
    conclude_answered();
  }
  going_on_.clear();
}

void Engine::serve(Connection& c) {
  if (c.listing) list_locks(c);
  while (c.may_go_on()) {
    const auto line = c.input.next();
    if (!line) break;
    obey_line(c, *line);
    conclude_answered();
  }
  if (c.input.too_long() && !c.closing) {
    const bool boards = c.peer.protocol == Protocol::mutexdaemon;
    say(c, boards ? mutexdaemon::error("timeout", "the line is too long")
                  : lockerd::error("line_too_long"));
    c.closing = true;
  }
  if (c.closing || !c.output.empty()) effects_->errands.connections.push_back(c.id);
}

void Engine::obey_line(Connection& c, const std::string& line) {
  if (c.peer.protocol == Protocol::mutexdaemon) {
    if (const auto request = mutexdaemon::read_line(line)) obey(c, *request);
  } else if (const auto command = lockerd::read_line(line, c.settings)) {
    obey(c, *command);
  }
}

// What it asked for is answered.
void Engine::conclude(Connection& c) {
  const Answer answer = *std::exchange(c.answer, std::nullopt);
  const bool told_waiting = std::exchange(c.told_waiting, false);
  if (c.peer.protocol == Protocol::mutexdaemon) return conclude_mutexdaemon(c, answer);
  conclude_lockerd(c, answer, told_waiting);
}

}  // namespace lockfs
