// The journal's bytes: every value comes back as it was, and no bytes make a decoder stumble.
#include "core/codec.h"

#include <gtest/gtest.h>

#include <random>
#include <tuple>
#include <vector>

#include "core/snapshot_codec.h"
#include "tests/unit/encoded.h"

namespace lockfs {
namespace {

template <class T>
T decode(const std::vector<std::byte>& bytes) {
  T value{};
  Decoder decoder(bytes);
  decoder(value);
  EXPECT_TRUE(decoder.ok());
  EXPECT_TRUE(decoder.at_end());
  return value;
}

template <class T>
bool decodes(std::span<const std::byte> bytes) {
  // A copy of exactly this size, so that a sanitizer sees every byte too much that is read.
  const std::vector<std::byte> exact(bytes.begin(), bytes.end());
  T value{};
  Decoder decoder(exact);
  decoder(value);
  return decoder.ok();
}

// The fields of each type once more, taken apart by name and so refusing to compile when one is
// added: whoever does that also looks at the codec.
auto tied(const Limits& v) {
  const auto& [a, b, c, d] = v;
  return std::tie(a, b, c, d);
}
auto tied(const LockSpec& v) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k] = v;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k);
}
auto tied(const event::Intern& v) {
  const auto& [a] = v;
  return std::tie(a);
}
auto tied(const event::Open& v) {
  const auto& [a, b, c, d] = v;
  return std::tie(a, b, c, d);
}
auto tied(const event::Create& v) {
  const auto& [a, b, c] = v;
  return std::tie(a, b, c);
}
auto tied(const event::Seek& v) {
  const auto& [a, b] = v;
  return std::tie(a, b);
}
auto tied(const event::Close& v) {
  const auto& [a] = v;
  return std::tie(a);
}
auto tied(const event::Acquire& v) {
  const auto& [a, b, c, d, e, f, g, h] = v;
  return std::tie(a, b, c, d, e, f, g, h);
}
auto tied(const event::Release& v) {
  const auto& [a, b, c, d, e] = v;
  return std::tie(a, b, c, d, e);
}
auto tied(const event::Cancel& v) {
  const auto& [a] = v;
  return std::tie(a);
}
auto tied(const event::Unlink& v) {
  const auto& [a, b, c] = v;
  return std::tie(a, b, c);
}
auto tied(const event::Sent& v) {
  const auto& [a] = v;
  return std::tie(a);
}
auto tied(const event::Undelivered& v) {
  const auto& [a] = v;
  return std::tie(a);
}
auto tied(const event::Note& v) {
  const auto& [a, b, c, d] = v;
  return std::tie(a, b, c, d);
}
auto tied(const event::Reconnect& v) {
  const auto& [a, b] = v;
  return std::tie(a, b);
}
auto tied(const event::Lineage& v) {
  const auto& [a, b] = v;
  return std::tie(a, b);
}

auto tied(const Peer& v) {
  const auto& [a, b, c, d, e] = v;
  return std::tie(a, b, c, d, e);
}
auto tied(const event::Connected& v) {
  const auto& [a, b] = v;
  return std::tuple_cat(std::tie(a), tied(b));
}
auto tied(const event::Identified& v) {
  const auto& [a, b] = v;
  return std::tie(a, b);
}
auto tied(const event::Received& v) {
  const auto& [a, b] = v;
  return std::tie(a, b);
}
auto tied(const event::Written& v) {
  const auto& [a, b] = v;
  return std::tie(a, b);
}
auto tied(const event::Disconnected& v) {
  const auto& [a] = v;
  return std::tie(a);
}
auto tied(const event::Reattached& v) {
  const auto& [a] = v;
  return std::tie(a);
}
auto tied(const event::ProcessSeen& v) {
  const auto& [a, b] = v;
  return std::tie(a, b);
}
auto tied(const event::ProcessDied& v) {
  const auto& [a] = v;
  return std::tie(a);
}

auto tied(const event::HookEnded& v) {
  const auto& [a, b, c] = v;
  return std::tie(a, b, c);
}

template <class T>
void expect_round_trip(const T& value) {
  const Event back = decode<Event>(encoded(Event(value)));
  ASSERT_TRUE(std::holds_alternative<T>(back));
  EXPECT_EQ(tied(std::get<T>(back)), tied(value));
}

constexpr Client client{1000, 4711, -5};
constexpr OwnerKey owner{Via::hold, NodeId{70}, 9};

TEST(Codec, BringsBackEveryEvent) {
  expect_round_trip(event::Intern{"a+b=shared"});
  expect_round_trip(event::Open{RequestId{1}, FileKind::control, NodeId{64}, client});
  expect_round_trip(event::Create{RequestId{2}, "deploy", client});
  expect_round_trip(event::Seek{HandleId{3}, -1});
  expect_round_trip(event::Seek{HandleId{3}, std::nullopt});
  expect_round_trip(event::Close{HandleId{4}});
  expect_round_trip(event::Acquire{
      RequestId{5}, HandleId{6}, owner, Mode::shared, false, 4712, {4710, 12, 11}, {3, 9}});
  expect_round_trip(event::Release{RequestId{7}, HandleId{8}, owner, 4713, {4, 5}});
  expect_round_trip(event::Cancel{RequestId{9}});
  expect_round_trip(event::Unlink{RequestId{10}, "deploy", 1001});
  expect_round_trip(event::Sent{RequestId{~std::uint64_t{0}}});
  expect_round_trip(event::Undelivered{RequestId{12}});
  expect_round_trip(event::Reconnect{{RequestId{13}, RequestId{14}}, true});
  expect_round_trip(event::Note{RequestId{15}, HandleId{16}, "back at 15:00", {17, 18}});
  expect_round_trip(event::Lineage{RequestId{15}, {{4711, 12}, {1, 0}}});
  expect_round_trip(
      event::Connected{ConnectionId{15}, {Protocol::mutexdaemon, "10.0.0.7", 1001, 4711, 16}});
  expect_round_trip(event::Identified{ConnectionId{17}, 1002});
  expect_round_trip(event::Received{ConnectionId{18}, "LOCK\n"});
  expect_round_trip(event::Written{ConnectionId{19}, 20});
  expect_round_trip(event::Disconnected{ConnectionId{21}});
  expect_round_trip(event::Reattached{{ConnectionId{22}, ConnectionId{23}}});
  expect_round_trip(event::ProcessSeen{HandleId{24}, 25});
  expect_round_trip(event::ProcessDied{HandleId{26}});
  expect_round_trip(event::HookEnded{{"board", "x"}, HookKind::check, "no pong"});
  EXPECT_TRUE(std::holds_alternative<event::Tick>(decode<Event>(encoded(Event(event::Tick{})))));
  EXPECT_TRUE(std::holds_alternative<event::Stop>(decode<Event>(encoded(Event(event::Stop{})))));
}

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

template <class T>
event::Control control(T command) {
  return {RequestId{1}, HandleId{2}, client, 3, false, "words", std::move(command)};
}

// All but the command.
void expect_same(const event::Control& back, const event::Control& value) {
  const auto& [a, b, c, d, e, f, g] = back;
  EXPECT_EQ(std::tie(a, b, c, d, e, f),
            std::tie(value.id, value.handle, value.client, value.line, value.last, value.words));
  EXPECT_EQ(g.index(), value.command.index());
}

TEST(Codec, BringsBackEveryCommand) {
  const auto back_of = [](const event::Control& value) {
    auto back = std::get<event::Control>(decode<Event>(encoded(Event(value))));
    expect_same(back, value);
    return back.command;
  };
  EXPECT_EQ(std::get<command::Make>(back_of(control(command::Make{"m"}))).name, "m");
  EXPECT_EQ(std::get<command::Remove>(back_of(control(command::Remove{"r"}))).name, "r");
  const Outcome outcome{Code::busy, "held"};
  EXPECT_EQ(std::get<command::Settled>(back_of(control(command::Settled{outcome}))).outcome,
            outcome);
  const Policy policy = some_policy();
  const auto [locks, create, admins, limits, doors, hooks] =
      std::get<command::Reload>(back_of(control(command::Reload{policy}))).policy;
  ASSERT_EQ(locks.size(), 2U);
  EXPECT_EQ(tied(locks[0]), tied(policy.locks[0]));
  EXPECT_EQ(create, policy.create);
  EXPECT_EQ(admins, policy.admins);
  EXPECT_EQ(tied(limits), tied(policy.limits));
  EXPECT_EQ(doors, policy.doors);
  EXPECT_EQ(hooks, policy.hooks);
}

// A bit of everything that a snapshot can hold.
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
  handle.owners = {owner};
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

TEST(Codec, BringsBackASnapshotByteForByte) {
  const auto bytes = encoded(some_snapshot());
  EXPECT_EQ(encoded(decode<Snapshot>(bytes)), bytes);
}

TEST(Codec, EndsEveryTruncationWithNotOk) {
  for (const auto& event :
       {Event(control(command::Reload{some_policy()})), Event(event::Reconnect{{RequestId{1}}}),
        Event(event::Create{RequestId{2}, "deploy", client})}) {
    const auto bytes = encoded(event);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decodes<Event>(std::span(bytes).first(size))) << size;
    }
  }
  const auto bytes = encoded(some_snapshot());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decodes<Snapshot>(std::span(bytes).first(size))) << size;
  }
}

TEST(Codec, ReadsWithinRandomBytes) {
  std::mt19937 random(4);
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::byte> bytes(random() % 200);
    for (auto& byte : bytes) byte = static_cast<std::byte>(random() % (round % 2 == 0 ? 256 : 4));
    decodes<Event>(bytes);
    decodes<Snapshot>(bytes);
  }
}

// A snapshot of which one byte is wrong is refused or restored; neither reads anywhere else.
TEST(Codec, RestoresOrRefusesASnapshotWithAWrongByte) {
  std::mt19937 random(5);
  const auto bytes = encoded(some_snapshot());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto wrong = bytes;
    wrong[at] = static_cast<std::byte>(random());
    Snapshot image;
    Decoder decoder(wrong);
    decoder(image);
    if (decoder.ok()) image.restore();
  }
}

TEST(Codec, RefusesWhatIsNoValueOfItsType) {
  for (const unsigned byte : {0U, 1U, 2U, 255U}) {
    const std::vector<std::byte> bytes = {static_cast<std::byte>(byte)};
    EXPECT_EQ(decodes<Mode>(bytes), byte < 2);
    EXPECT_EQ(decodes<bool>(bytes), byte < 2);
    EXPECT_EQ(decodes<FileKind>(bytes), byte < 4);
  }
}

struct Grown {
  int old = 0;
  int fresh = 7;
};
template <class A>
void fields(A& a, FieldsOf<A, Grown>& v) {
  a(v.old);
  a.since(2, v.fresh);
}

TEST(Codec, LeavesOutWhatAnOlderFormatHasNot) {
  for (const std::uint32_t format : {1U, 2U, 3U}) {
    std::array<std::byte, 64> room{};
    Encoder encoder(room, format);
    encoder(Grown{4, 5}, 6);
    Decoder decoder(std::span<const std::byte>(room).first(encoder.size()), format);
    Grown grown;
    int behind = 0;
    decoder(grown, behind);
    EXPECT_TRUE(decoder.ok() && decoder.at_end());
    EXPECT_EQ(std::tuple(grown.old, grown.fresh, behind), std::tuple(4, format < 2 ? 7 : 5, 6));
  }
}

TEST(Codec, SaysWhenTheRoomIsTooSmall) {
  const auto bytes = encoded(some_snapshot());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::vector<std::byte> room(size);
    Encoder encoder(room);
    encoder(some_snapshot());
    EXPECT_FALSE(encoder.ok());
    EXPECT_LE(encoder.size(), size);
  }
}

}  // namespace
}  // namespace lockfs
