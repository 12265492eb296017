#include "tests/unit/engine/snapshot_events.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/engine/some_locks.h"

namespace lockfs {
namespace {

constexpr const char* texts_to_open[] = {
    "a+b",         "a,b",        "board@x",        "board@y,board@z",
    "board=2",     "a=shared+b", "board=2=shared", "c,a+board",
    "d0,a=shared", "board=3,b",  "b=shared"};
constexpr const char* lock_names[] = {"a", "b", "c", "board", "d0", "d1", "d2", "d3"};

LockSpec described_board(std::vector<std::string> units) {
  LockSpec spec = board("board", std::move(units));
  spec.description = "a board";
  return spec;
}

Policy policy(std::vector<LockSpec> locks) {
  return {std::move(locks), {}, {false, {}}, {.max_waiters = 20, .max_waiters_per_user = 12}};
}

}  // namespace

std::vector<Policy> snapshot_policies() {
  Policy closed = policy({named_lock("a"), described_board({"y", "z"}), named_lock("d0")});
  closed.locks[1].fail_at_deadlock = true;
  closed.locks[0].access = {false, {1001}};
  closed.create = {false, {1001}};
  return {
      policy({named_lock("a"), named_lock("b"), named_lock("c"), described_board({"x", "y", "z"})}),
      policy({named_lock("b"), named_lock("a"), described_board({"x"})}), std::move(closed)};
}

Event SnapshotEvents::next(const Engine& engine) {
  switch (below(26)) {
    case 0:
    case 1:
      return event::Intern{pick(texts_to_open)};
    case 2:
    case 3:
      return event::Open{request(), FileKind::lock, some_node(engine), client()};
    case 4:
      return event::Open{request(), FileKind::control, NodeId{2}, client()};
    case 5:
      return event::Create{request(), pick(lock_names), client()};
    case 6:
      return event::Close{handle()};
    case 7:
      return event::Seek{handle(), below(2) == 0 ? std::nullopt : std::optional(below(100))};
    case 8:
      return event::Unlink{request(), pick(lock_names), client().uid};
    case 9:
      return control();
    case 10:
    case 11:
      return release();
    case 12:
      return event::Cancel{earlier_request()};
    case 13:
      return event::Undelivered{earlier_request()};
    case 14:
    case 15:
      return event::Sent{earlier_request()};
    case 16:
      if (below(2) == 0) return event::Poll{handle(), below(1000)};
      if (below(4) == 0) return event::SetMarks{{{pick(lock_names), std::nullopt, {7, 8, "kept"}}}};
      return below(20) == 0 ? Event(event::Stop{}) : reconnect();
    case 17:
      return event::Note{request(), handle(), "note " + std::to_string(below(9)), {below(50)}};
    case 18:
      return lineage(engine);
    default:
      return acquire();
  }
}

void SnapshotEvents::learn(const Effects& effects) {
  for (const auto& answer : effects.answers) {
    if (answer.handle != HandleId::none && answer.token == 0) handles_.push_back(answer);
  }
}

// All openers of these events are threads 100 to 103.
Event SnapshotEvents::lineage(const Engine& engine) {
  const auto waits = engine.waits_without_lineage();
  if (waits.empty()) return event::Lineage{earlier_request(), {{thread(), 5}}};
  const auto& [request, thread_of] = waits[below(static_cast<std::uint32_t>(waits.size()))];
  return event::Lineage{request, {{thread_of, 1}, {thread(), 1 + below(6)}, {1, 0}}};
}

RequestId SnapshotEvents::earlier_request() {
  return RequestId{last_request_ - std::min<std::uint64_t>(below(12), last_request_)};
}

const Answer& SnapshotEvents::opened() {
  static const Answer none;
  return handles_.empty() ? none
                          : handles_[handles_.size() - 1 -
                                     below(std::min<std::uint32_t>(
                                         12, static_cast<std::uint32_t>(handles_.size())))];
}

// Sometimes an fcntl lock of a process.
OwnerKey SnapshotEvents::owner(const Answer& of) {
  if (below(3) == 0) return {Via::fcntl, of.node, 1 + below(3)};
  return {Via::flock, of.node, static_cast<std::uint64_t>(of.handle)};
}

Asker SnapshotEvents::asker() {
  return {static_cast<pid_t>(1 + below(3)), 10 + below(10), below(3) == 0 ? 0 : 5 + below(10)};
}

ByteRange SnapshotEvents::bytes() {
  const std::uint64_t first = below(8);
  return {first, first + below(4)};
}

NodeId SnapshotEvents::some_node(const Engine& engine) {
  if (below(4) == 0) return NodeId{LockTable::first_node + below(16)};
  const auto node =
      const_cast<Engine&>(engine).find_node(below(3) == 0 ? pick(lock_names) : pick(texts_to_open));
  return node.value_or(NodeId{99999});
}

Event SnapshotEvents::acquire() {
  const Answer& of = opened();
  return event::Acquire{request(),     of.handle, owner(of), mode(),
                        below(4) != 0, thread(),  asker(),   bytes()};
}

Event SnapshotEvents::release() {
  const Answer& of = opened();
  const bool all = below(2) == 0;
  return event::Release{request(), of.handle, owner(of), thread(), all ? ByteRange{} : bytes()};
}

Command SnapshotEvents::marking() {
  static constexpr const char* units[] = {"x", "y", "a", "b", "d0"};
  switch (below(8)) {
    case 0:
      return command::Offline{pick(lock_names), pick(units), "dead"};
    case 1:
    case 2:
      return command::Online{pick(lock_names), pick(units)};
    case 3:
      return command::Drain{pick(lock_names), "later"};
    case 4:
      return command::Undrain{pick(lock_names)};
    default:
      return command::Break{pick(lock_names), std::nullopt, std::nullopt, "enough"};
  }
}

Command SnapshotEvents::command() {
  switch (below(9)) {
    case 6:
    case 7:
    case 8:
      return marking();
    case 0:
    case 1:
      return command::Make{pick(lock_names)};
    case 2:
      return command::Remove{pick(lock_names)};
    case 3:
      return command::Settled{{Code::busy, "no"}};
    default:
      return command::Reload{policies_[below(static_cast<std::uint32_t>(policies_.size()))]};
  }
}

Event SnapshotEvents::control() {
  const RequestId id = below(3) == 0 ? earlier_request() : request();
  return event::Control{id, handle(), client(), below(3), below(2) == 0, "words", command()};
}

Event SnapshotEvents::reconnect() {
  event::Reconnect event;
  for (std::uint64_t id = last_request_ < 60 ? 1 : last_request_ - 60; id <= last_request_; ++id) {
    if (below(8) != 0) event.again.push_back(RequestId{id});
  }
  event.last_sent_is_lost = below(4) == 0;
  return event;
}

}  // namespace lockfs
