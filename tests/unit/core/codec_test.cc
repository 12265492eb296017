// The journal's bytes: every value comes back as it was.
#include "core/codec.h"

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <tuple>
#include <vector>

#include "core/snapshot_codec.h"
#include "tests/unit/core/codec_values.h"
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

TEST(Codec, BringsBackEveryEvent) {
  expect_round_trip(event::Intern{"a+b=shared"});
  expect_round_trip(event::Open{RequestId{1}, FileKind::control, NodeId{64}, some_client});
  expect_round_trip(event::Create{RequestId{2}, "deploy", some_client});
  expect_round_trip(event::Seek{HandleId{3}, -1});
  expect_round_trip(event::Seek{HandleId{3}, std::nullopt});
  expect_round_trip(event::Close{HandleId{4}});
  expect_round_trip(event::Acquire{
      RequestId{5}, HandleId{6}, some_owner, Mode::shared, false, 4712, {4710, 12, 11}, {3, 9}});
  expect_round_trip(event::Release{RequestId{7}, HandleId{8}, some_owner, 4713, {4, 5}});
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
  EXPECT_EQ(std::get<command::Make>(back_of(some_control(command::Make{"m"}))).name, "m");
  EXPECT_EQ(std::get<command::Remove>(back_of(some_control(command::Remove{"r"}))).name, "r");
  const Outcome outcome{Code::busy, "held"};
  EXPECT_EQ(std::get<command::Settled>(back_of(some_control(command::Settled{outcome}))).outcome,
            outcome);
  const Policy policy = some_policy();
  const auto [locks, create, admins, limits, doors, hooks] =
      std::get<command::Reload>(back_of(some_control(command::Reload{policy}))).policy;
  ASSERT_EQ(locks.size(), 2U);
  EXPECT_EQ(tied(locks[0]), tied(policy.locks[0]));
  EXPECT_EQ(create, policy.create);
  EXPECT_EQ(admins, policy.admins);
  EXPECT_EQ(tied(limits), tied(policy.limits));
  EXPECT_EQ(doors, policy.doors);
  EXPECT_EQ(hooks, policy.hooks);
}

TEST(Codec, BringsBackASnapshotByteForByte) {
  const auto bytes = encoded(some_snapshot());
  EXPECT_EQ(encoded(decode<Snapshot>(bytes)), bytes);
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

}  // namespace
}  // namespace lockfs
