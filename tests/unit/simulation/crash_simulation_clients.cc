// What the clients do.
#include "tests/unit/simulation/crash_simulation_clients.h"

#include <iterator>
#include <utility>

namespace lockfs::sim {
namespace {

LockSpec named(const char* name) { return {name, LockKind::named, {name}, {}, 0, ""}; }

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

}  // namespace lockfs::sim
