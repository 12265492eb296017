// What the clients are told, and whether it is so.
#include <algorithm>

#include "tests/unit/simulation/crash_simulation_clients.h"

namespace lockfs::sim {

void Clients::finished(const Engine& engine, const Request& request, const Answer& answer) {
  if (key_of(request.call) != nullptr) answered(engine, request.call, answer);
  if (request.caller == 0) return;
  Thread& thread = threads_.at(request.caller);
  thread.blocked = RequestId::none;
  thread.broken.reset();
  if (std::holds_alternative<OpenText>(request.call) ||
      std::holds_alternative<HoldText>(request.call) ||
      std::holds_alternative<event::Create>(request.call)) {
    opened(engine, request, answer);
  } else if (const auto* read = std::get_if<event::EventsRead>(&request.call)) {
    has_read(engine, *read);
  } else if (key_of(request.call) != nullptr) {
    const auto* acquire = std::get_if<event::Acquire>(&request.call);
    if (acquire != nullptr && answer.reason == Reason::interrupted) thread.broken = *acquire;
  } else {
    const auto* lines = std::get_if<std::vector<event::Control>>(&request.call);
    const bool breaks =
        lines != nullptr && std::holds_alternative<command::Break>(lines->front().command);
    require(answer.reason == Reason::none || (breaks && answer.reason == Reason::gone),
            "no command is done twice");
    if (lines != nullptr) ran(*lines);
  }
  if (thread.dying) die(request.caller);
}

void Clients::ran(const std::vector<event::Control>& lines) {
  for (const auto& line : lines) {
    if (const auto* make = std::get_if<command::Make>(&line.command)) made_.push_back(make->name);
    if (const auto* remove = std::get_if<command::Remove>(&line.command)) {
      std::erase(made_, remove->name);
    }
  }
}

void Clients::opened(const Engine& engine, const Request& request, const Answer& answer) {
  if (answer.reason != Reason::none) return;
  require(ever_opened_.insert(answer.handle).second, "no descriptor is given out twice");
  Descriptor descriptor;
  descriptor.handle = answer.handle;
  descriptor.node = answer.node;
  descriptor.users = {request.caller};
  const auto* to_hold = std::get_if<HoldText>(&request.call);
  if (to_hold != nullptr) descriptor.via = Via::hold;
  if (const auto* open = std::get_if<OpenText>(&request.call)) descriptor.kind = open->kind;
  const OwnerKey key{descriptor.via, answer.node, static_cast<std::uint64_t>(answer.handle)};
  descriptors_.emplace(answer.handle, std::move(descriptor));
  Owner& owner = owners_[id_of(key)] = {};
  if (to_hold == nullptr) return;
  const auto hold = hold_of(engine, key);
  require(hold && hold->token == answer.token && hold->mode == to_hold->mode,
          "who has opened to hold holds");
  tell(owner, hold);
}

void Clients::has_read(const Engine& engine, const event::EventsRead& call) {
  const auto found = descriptors_.find(call.handle);
  if (found == descriptors_.end()) return;  // closed meanwhile
  found->second.read = {call.from, call.to};
  require(engine.find_handle(call.handle)->extras->read == found->second.read,
          "what was read is known");
}

// Whose hold was broken learns it through the descriptor.
void Clients::appended(const Engine& engine, const Event& event) {
  const auto* line = std::get_if<event::Control>(&event);
  if (line == nullptr || !std::holds_alternative<command::Break>(line->command)) return;
  for (auto& [id, owner] : owners_) {
    if (owner.told && !engine.holds(owner.told->owner)) owner.told.reset();
  }
}

void Clients::answered(const Engine& engine, const Call& call, const Answer& answer) {
  Owner* owner = owner_of(call);
  if (owner == nullptr || --owner->in_flight > 0) return;
  const auto hold = hold_of(engine, *key_of(call));
  const auto* acquire = std::get_if<event::Acquire>(&call);
  const bool fcntl = key_of(call)->via == Via::fcntl;
  if (owner->certain && acquire != nullptr && answer.reason == Reason::none) {
    const bool as_asked =
        hold && (hold->mode == acquire->mode || (fcntl && hold->mode == Mode::exclusive));
    require(as_asked && hold->token == answer.token, "who is told that it holds a lock holds it");
  }
  const bool refused = answer.reason == Reason::would_block ||
                       answer.reason == Reason::interrupted || answer.reason == Reason::deadlock;
  if (owner->certain && refused && fcntl)
    require(hold == owner->told, "who is refused keeps what it has");
  const bool unlocked =
      fcntl ? std::holds_alternative<Flush>(call) : std::holds_alternative<event::Release>(call);
  const bool lost = unlocked || (refused && !fcntl);
  if (owner->certain && lost) require(!hold, "who is told that it holds nothing holds nothing");
  if (const auto* write = std::get_if<Write>(&call); write != nullptr && owner->certain) {
    const bool noted = hold && hold->note == write->note.text;
    require(owner->told ? noted : answer.reason == Reason::not_allowed,
            "who holds, and was not broken meanwhile, has the note it wrote");
  }
  owner->certain = true;
  tell(*owner, hold);
}

void Clients::tell(Owner& owner, const std::optional<Hold>& hold) {
  const bool new_grant = hold && (!owner.told || owner.told->token != hold->token);
  owner.told = hold;
  if (!new_grant) return;
  for (const auto& [lock, unit, mode] : hold->units) {
    auto& told = told_tokens_[{lock, unit}];
    // Kin that got a unit together may be told so in either order.
    const bool grows = hold->token > (mode == Mode::exclusive ? told.any : told.exclusive);
    require(grows || akin(*hold, told.latest), "tokens grow");
    if (hold->token > told.any) told.latest = *hold;
    told.any = std::max(told.any, hold->token);
    if (mode == Mode::exclusive) told.exclusive = std::max(told.exclusive, hold->token);
  }
  for (const auto& [id, other] : owners_) {
    if (&other == &owner || !other.certain || other.in_flight > 0 || !other.told) continue;
    require(!excludes(*hold, *other.told), "no two hold what excludes the other");
  }
}

void Clients::check_holds(const Engine& engine) const {
  check_wholeness(engine);
  const auto holds = holds_of(engine);
  for (const auto& [id, owner] : owners_) {
    if (!owner.certain || owner.in_flight > 0) continue;
    const auto hold = holds.find(id);
    require((hold != holds.end()) == owner.told.has_value(), "no hold is lost or left over");
    require(!owner.told || hold->second == *owner.told, "a hold stays as it was told");
  }
}

void Clients::check_quiet(const Engine& engine) const {
  for (const auto& [id, request] : kernel_.unanswered()) {
    require(engine.is_waiting(id), "who is blocked waits for a lock");
    require(!request.interrupted, "a signal ends a wait");
  }
  require(engine.waiters() == kernel_.unanswered().size(), "nobody waits who is not blocked");
  const auto opening = [](const auto& entry) {
    return std::holds_alternative<HoldText>(entry.second.call);
  };
  const auto& unanswered = kernel_.unanswered();
  const auto being_opened = std::count_if(unanswered.begin(), unanswered.end(), opening);
  require(engine.opens() == descriptors_.size() + static_cast<std::size_t>(being_opened),
          "opens and closes balance");
  for (const auto& [handle, descriptor] : descriptors_) {
    require(descriptor.read.empty() || engine.find_handle(handle)->extras->read == descriptor.read,
            "a reader goes on where it was");
  }
  for (const auto& [owner, hold] : holds_of(engine)) {
    for (const auto handle : hold.handles) {
      require(descriptors_.contains(handle), "who holds has a descriptor");
    }
  }
}

}  // namespace lockfs::sim
