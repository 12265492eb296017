#include "tests/unit/core/codec_values.h"

#include <utility>

namespace lockfs {

Policy some_policy() {
  LockSpec board{"board", LockKind::board, {"10.0.0.1", "10.0.0.2"}, {false, {5, 6}}, 7, "x"};
  board.fail_at_deadlock = true;
  board.max_hold = 30;
  board.on_expiry = OnExpiry::yield;
  board.hooks = {"reset", "ping", 5};
  return {{board, LockSpec{}},
          {true, {}},
          {false, {8}},
          {1, 2, 3, 4},
          {{"127.0.0.1:1751"}, {"10.0.0.0/8"}, "/s"},
          {1003, 30, 2}};
}

event::Control some_control(Command command) {
  return {RequestId{1}, HandleId{2}, some_client, 3, false, "words", std::move(command)};
}

Snapshot some_snapshot() {
  Snapshot image;
  Snapshot::Lock lock;
  lock.name = "board";
  lock.node = NodeId{64};
  lock.units = {{"x", Mode::shared, true, 5},
                {"y", Mode::exclusive, false, 6},
                {"z", Mode::exclusive, false, 7, Mark{1, 2, "no pong", true}, true}};
  lock.free = {1};
  lock.shared = {0};
  lock.access = {false, {1, 2}};
  lock.fail_at_deadlock = true;
  lock.max_hold = 30;
  lock.on_expiry = OnExpiry::break_hold;
  lock.hooks = {"reset", "ping", 5};
  image.locks = {lock, lock};
  image.gone = {{NodeId{65}, "old"}};
  image.expressions = {{NodeId{66}, "a,b"}};
  Snapshot::Handle handle;
  handle.names = {NodeId{64}};
  handle.owners = {some_owner};
  handle.kept = {{1, Via::fcntl, Mode::shared, 2}};
  handle.answer = {Code::ok, "done"};
  handle.text_base = 77;
  image.handles = {handle, Snapshot::Handle{}};
  Snapshot::Claim claim;
  claim.alternatives = {{{NodeId{64}, 1U, 2, Mode::shared, false}, {}}, {}};
  claim.grants = {{NodeId{64}, 1, Mode::shared, false}};
  claim.asker = {7, 8, 9};
  claim.deadline = 40;
  claim.overdue = true;
  claim.bytes = {1, 2};
  claim.ranges = {{{3, 4}, Mode::shared, HandleId{5}}};
  claim.others = {HandleId{6}};
  claim.note = "back at 15:00";
  claim.lineage = {{4711, 12}, {1, 0}};
  claim.deadlock = 3;
  image.holds = {claim};
  image.waits = {claim};
  image.kept_answers = {{RequestId{1}, Reason::gone, HandleId{2}, NodeId{3}, 4}};
  image.last_sent = image.kept_answers.front();
  image.lines_done = {{RequestId{5}, 6}};
  image.stopping = true;
  image.expected_opens = {{7, NodeId{65}}};
  image.started = 8;
  image.doors = {{"127.0.0.1:1751"}, {"10.0.0.0/8"}, "/s"};
  image.hook_rules = {1003, 30, 2};
  image.remotes = {{HandleId{2}, {"u", "10.0.0.7", "db7", 3, true, 4, 5, 6, 7}}};
  Connection connection;
  connection.id = ConnectionId{9};
  connection.peer = {Protocol::lockerd, "10.0.0.7", unknown_uid, 0, 10};
  connection.input.append("LOCK");
  connection.output = "owner ";
  connection.listing = NodeId{64};
  connection.settings = {"u", {"a", "b"}, true, 11, true, 12, "db7"};
  image.connections = {connection};
  return image;
}

}  // namespace lockfs
