#include "tests/unit/simulation/crash_simulation_clients.h"

#include <algorithm>
#include <iterator>

namespace lockfs::sim {
namespace {

LockSpec named(const char* name) { return {name, LockKind::named, {name}, {}, 0, ""}; }

// The owner that this call is about.
const OwnerKey* key_of(const Call& call) {
  if (const auto* acquire = std::get_if<event::Acquire>(&call)) return &acquire->owner;
  if (const auto* release = std::get_if<event::Release>(&call)) return &release->owner;
  if (const auto* flush = std::get_if<Flush>(&call)) return &flush->release.owner;
  if (const auto* write = std::get_if<Write>(&call)) return &write->owner;
  return nullptr;
}

}  // namespace

Policy policy(int number) {
  LockSpec board{"p", LockKind::board, {"x", "y"}, {}, 0, ""};
  board.hooks.on_release = "clean";
  LockSpec strict = named("b");
  strict.fail_at_deadlock = true;
  LockSpec watched = named("c");
  watched.max_hold = 20;
  if (number == 0) return {{named("a"), strict, watched, board}, {}, {false, {}}, {}};
  board.units = {"y", "z", "x"};
  return {{named("b"), named("a"), board}, {}, {false, {}}, {}};
}

void Clients::submit(pid_t id, Call call) {
  if (Owner* owner = owner_of(call)) {
    if (owner->in_flight++ > 0) owner->certain = false;
  }
  const RequestId request = kernel_.submit(id, std::move(call));
  if (id != 0) threads_.at(id).blocked = request;
}

Owner* Clients::owner_of(const Call& call) {
  const OwnerKey* key = key_of(call);
  const auto found = key == nullptr ? owners_.end() : owners_.find(id_of(*key));
  return found == owners_.end() ? nullptr : &found->second;
}

Descriptor* Clients::some_descriptor(pid_t user) {
  std::vector<Descriptor*> own;
  for (auto& [handle, descriptor] : descriptors_) {
    if (descriptor.users.contains(user)) own.push_back(&descriptor);
  }
  return own.empty() ? nullptr : own[below(own.size())];
}

void Clients::spawn() {
  const pid_t id = ++last_thread_;
  Thread& thread = threads_.emplace(id, Thread{}).first->second;
  // A fork: the new one has some of the other's descriptors.
  if (threads_.size() < 2 || below(2) == 0) return;
  const auto parent = std::next(threads_.begin(), below(threads_.size() - 1))->first;
  thread.parent = parent;
  for (auto& [handle, descriptor] : descriptors_) {
    if (descriptor.users.contains(parent)) descriptor.users.insert(id);
  }
}

// All were there from the beginning of time; of the dead their children know no more.
std::vector<Forebear> Clients::lineage(pid_t thread) const {
  std::vector<Forebear> processes;
  for (auto found = threads_.find(thread); found != threads_.end();
       found = threads_.find(found->second.parent)) {
    processes.push_back({found->first, 0});
  }
  processes.push_back({1, 0});
  return processes;
}

void Clients::act(bool daemon_down) {
  if (threads_.size() < 2 || (threads_.size() < 7 && below(8) == 0)) return spawn();
  auto& [id, thread] = *std::next(threads_.begin(), below(threads_.size()));
  if (below(24) == 0) return kill(id, daemon_down);
  if (thread.blocked == RequestId::none) return act_as(id, thread);
  if (below(4) == 0) kernel_.interrupt(thread.blocked);
}

void Clients::act_as(pid_t id, Thread& thread) {
  if (thread.broken && below(4) != 0) {
    const event::Acquire again = *std::exchange(thread.broken, std::nullopt);
    const auto found = descriptors_.find(again.handle);
    if (found != descriptors_.end() && found->second.users.contains(id)) return submit(id, again);
  }
  Descriptor* descriptor = some_descriptor(id);
  const auto choice = below(16);
  if (choice == 0) return command(id);
  if (choice == 1 && !made_.empty()) {
    submit(id, event::Unlink{RequestId::none, made_.back(), 0});
    return made_.pop_back();
  }
  if (choice < 3) return open_to_hold(id);
  if (descriptor == nullptr || choice < 6) return open(id);
  if (choice == 6 || descriptor->via == Via::hold) return close(id, *descriptor);
  if (descriptor->kind != FileKind::lock) return read(id, *descriptor);
  ask(id, *descriptor);
}

namespace {

constexpr const char* texts[] = {"a",   "a",          "b",   "c",   "p",     "a+b",
                                 "b,a", "a=shared+b", "p=2", "p@x", "p@z,a", "c+p"};

}  // namespace

void Clients::open_to_hold(pid_t id) {
  HoldText call{texts[below(std::size(texts))], below(4) == 0, Client{1000, id, 0},
                below(3) == 0 ? Mode::shared : Mode::exclusive, below(4) != 0};
  if (call.creates) call.text = below(2) == 0 ? "a" : "d" + std::to_string(below(3));
  submit(id, std::move(call));
}

void Clients::open(pid_t id) {
  const Client client{1000, id, 0};
  if (below(8) == 0) {
    return submit(id, OpenText{"", client, below(4) == 0 ? FileKind::view : FileKind::events});
  }
  if (below(8) != 0) return submit(id, OpenText{texts[below(std::size(texts))], client});
  submit(id, event::Create{RequestId::none, "d" + std::to_string(below(3)), client});
}

void Clients::read(pid_t id, const Descriptor& descriptor) {
  if (descriptor.kind == FileKind::view) return;  // of which the daemon notes nothing
  const EventPlace from{below(1000), below(100), below(20), false};
  submit(id, event::EventsRead{descriptor.handle, from, {from.offset + 50, from.position + 1}});
}

void Clients::ask(pid_t id, const Descriptor& descriptor) {
  if (with_fcntl_ && below(3) == 0) return ask_fcntl(id, descriptor);
  const OwnerKey owner{Via::flock, descriptor.node, static_cast<std::uint64_t>(descriptor.handle)};
  const bool holds = owners_.at(id_of(owner)).told.has_value();
  if (holds && below(4) == 0) return write(id, descriptor, owner);
  if (holds && below(2) == 0) {
    return submit(id, event::Release{RequestId::none, descriptor.handle, owner, id});
  }
  const Mode mode = below(3) == 0 ? Mode::shared : Mode::exclusive;
  submit(id, event::Acquire{RequestId::none, descriptor.handle, owner, mode, below(4) != 0, id,
                            Asker{id, ++asked_, 1}});
}

void Clients::write(pid_t id, const Descriptor& descriptor, const OwnerKey& owner) {
  const std::string text = "note " + std::to_string(++asked_);
  submit(id, Write{{RequestId::none, descriptor.handle, text, {}}, owner});
}

void Clients::ask_fcntl(pid_t id, const Descriptor& descriptor) {
  const OwnerKey owner{Via::fcntl, descriptor.node, static_cast<std::uint64_t>(id)};
  const std::uint64_t first = below(4);
  const ByteRange bytes = below(3) == 0 ? ByteRange{} : ByteRange{first, first + below(3)};
  if (owners_[id_of(owner)].told && below(2) == 0) {
    return submit(id, event::Release{RequestId::none, descriptor.handle, owner, id, bytes});
  }
  const Mode mode = below(2) == 0 ? Mode::shared : Mode::exclusive;
  submit(id, event::Acquire{RequestId::none, descriptor.handle, owner, mode, below(4) != 0, id,
                            Asker{id, ++asked_, 1}, bytes});
}

// Several lines, none of which can be done twice; or a reload.
void Clients::command(pid_t id) {
  const std::string first = "n" + std::to_string(++last_name_);
  const std::string second = "n" + std::to_string(++last_name_);
  std::vector<Command> commands = {command::Make{first}, command::Make{second},
                                   command::Remove{first}};
  if (below(4) == 0) commands = {command::Reload{policy(static_cast<int>(below(2)))}};
  // What is offline twice, for its cleaning failed perhaps, is online once.
  if (below(4) == 0) {
    const std::string unit = below(2) == 0 ? "x" : "y";
    commands = {command::Offline{"p", unit, ""}, command::Online{"p", unit}};
  }
  if (below(4) == 0) commands = {command::Drain{"a", ""}, command::Undrain{"a"}};
  if (below(4) == 0) commands = {command::Break{below(2) == 0 ? "a" : "p", {}, {}, ""}};
  std::vector<event::Control> lines;
  for (auto& line : commands) {
    const auto number = static_cast<std::uint32_t>(lines.size());
    lines.push_back({RequestId::none, HandleId::none, Client{0, id, 0}, number,
                     number + 1 == commands.size(), "", std::move(line)});
  }
  submit(id, std::move(lines));
}

// What is asked for after this is handled after it.
void Clients::close(pid_t id, Descriptor& descriptor) {
  if (descriptor.via == Via::flock) {
    const OwnerKey process{Via::fcntl, descriptor.node, static_cast<std::uint64_t>(id)};
    owners_.try_emplace(id_of(process));
    submit(0, Flush{{RequestId::none, descriptor.handle, process, id}});
  }
  descriptor.users.erase(id);
  if (!descriptor.users.empty()) return;
  kernel_.submit(0, event::Close{descriptor.handle});
  owners_.erase({descriptor.via, descriptor.node, static_cast<std::uint64_t>(descriptor.handle)});
  descriptors_.erase(HandleId{descriptor.handle});
}

void Clients::die(pid_t id) {
  while (Descriptor* descriptor = some_descriptor(id)) close(id, *descriptor);
  threads_.erase(id);
}

void Clients::kill_one(bool daemon_down) {
  if (!threads_.empty()) {
    kill(std::next(threads_.begin(), below(threads_.size()))->first, daemon_down);
  }
}

void Clients::kill(pid_t id, bool even_if_read) {
  Thread& thread = threads_.at(id);
  if (thread.blocked == RequestId::none) return die(id);
  const Request request = kernel_.unanswered().at(thread.blocked);
  if (kernel_.withdraw(request.id, even_if_read && kernel_.resends())) {
    forget_request(request, request.was_read || request.again);
    return die(id);
  }
  thread.dying = true;
  kernel_.interrupt(thread.blocked);
}

void Clients::vanish(RequestId id) {
  const auto found = kernel_.unanswered().find(id);
  if (found == kernel_.unanswered().end() || found->second.caller == 0) return;
  kill(pid_t{found->second.caller}, true);
}

// What became of it nobody will be told.
void Clients::forget_request(const Request& request, bool seen) {
  Owner* owner = owner_of(request.call);
  if (owner == nullptr) return;
  --owner->in_flight;
  if (seen) owner->certain = false;
}

bool Clients::leave() {
  std::vector<pid_t> free;
  for (const auto& [id, thread] : threads_) {
    if (thread.blocked == RequestId::none) free.push_back(id);
  }
  for (const pid_t id : free) die(id);
  return !free.empty();
}

// --- What they are told.

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
