// A restored engine behaves as the one that was saved, event for event, whenever it was saved.
#include "core/snapshot.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "core/description.h"
#include "core/snapshot_codec.h"
#include "tests/unit/encoded.h"
#include "tests/unit/engine/engine_pair.h"

namespace lockfs {
namespace {

std::vector<std::byte> save(const Engine& engine) {
  return encoded(Snapshot::save(engine), 1U << 20U);
}

std::unique_ptr<Engine> restore(std::span<const std::byte> bytes) {
  Snapshot image;
  Decoder decoder(bytes);
  decoder(image);
  return decoder.ok() ? image.restore() : nullptr;
}

LockSpec named(const char* name) { return {name, LockKind::named, {name}, {}, 0, ""}; }

LockSpec board(const char* name, std::vector<std::string> units) {
  return {name, LockKind::board, std::move(units), {}, 0, "a board"};
}

Policy policy(std::vector<LockSpec> locks) {
  return {std::move(locks), {}, {false, {}}, {.max_waiters = 20, .max_waiters_per_user = 12}};
}

// The configurations between which reloads go: a lock goes and comes back, a board shrinks and
// grows, a lock is closed to a user, creating is.
std::vector<Policy> policies() {
  Policy closed = policy({named("a"), board("board", {"y", "z"}), named("d0")});
  closed.locks[1].fail_at_deadlock = true;
  closed.locks[0].access = {false, {1001}};
  closed.create = {false, {1001}};
  return {policy({named("a"), named("b"), named("c"), board("board", {"x", "y", "z"})}),
          policy({named("b"), named("a"), board("board", {"x"})}), std::move(closed)};
}

// Random events that mostly make sense: they use descriptors, requests and names that are there.
class Events {
 public:
  explicit Events(unsigned seed) : random_(seed) {}

  // The next event. What the engine did with those before tells which descriptors are open.
  Event next(const Engine& engine) {
    switch (below(26)) {
      case 0:
      case 1:
        return event::Intern{pick(expressions)};
      case 2:
      case 3:
        return event::Open{request(), FileKind::lock, some_node(engine), client()};
      case 4:
        return event::Open{request(), FileKind::control, NodeId{2}, client()};
      case 5:
        return event::Create{request(), pick(names), client()};
      case 6:
        return event::Close{handle()};
      case 7:
        return event::Seek{handle(), below(2) == 0 ? std::nullopt : std::optional(below(100))};
      case 8:
        return event::Unlink{request(), pick(names), client().uid};
      case 9:
        return control(engine);
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
        if (below(4) == 0) return event::SetMarks{{{pick(names), std::nullopt, {7, 8, "kept"}}}};
        return below(20) == 0 ? Event(event::Stop{}) : reconnect();
      case 17:
        return event::Note{request(), handle(), "note " + std::to_string(below(9)), {below(50)}};
      case 18:
        return lineage(engine);
      default:
        return acquire();
    }
  }
  void learn(const Effects& effects) {
    for (const auto& answer : effects.answers) {
      if (answer.handle != HandleId::none && answer.token == 0) handles_.push_back(answer);
    }
  }

 private:
  static constexpr const char* expressions[] = {
      "a+b",         "a,b",        "board@x",        "board@y,board@z",
      "board=2",     "a=shared+b", "board=2=shared", "c,a+board",
      "d0,a=shared", "board=3,b",  "b=shared"};
  static constexpr const char* names[] = {"a", "b", "c", "board", "d0", "d1", "d2", "d3"};

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  template <std::size_t n>
  const char* pick(const char* const (&words)[n]) {
    return words[below(n)];
  }
  // All openers of these events are threads 100 to 103.
  Event lineage(const Engine& engine) {
    const auto waits = engine.waits_without_lineage();
    if (waits.empty()) return event::Lineage{earlier_request(), {{thread(), 5}}};
    const auto& [request, thread_of] = waits[below(static_cast<std::uint32_t>(waits.size()))];
    return event::Lineage{request, {{thread_of, 1}, {thread(), 1 + below(6)}, {1, 0}}};
  }
  RequestId request() { return RequestId{++last_request_}; }
  RequestId earlier_request() {
    return RequestId{last_request_ - std::min<std::uint64_t>(below(12), last_request_)};
  }
  Client client() { return {below(3) == 0 ? 0 : 1000 + below(3), thread(), 5}; }
  pid_t thread() { return static_cast<pid_t>(100 + below(4)); }
  const Answer& opened() {
    static const Answer none;
    return handles_.empty() ? none
                            : handles_[handles_.size() - 1 -
                                       below(std::min<std::uint32_t>(
                                           12, static_cast<std::uint32_t>(handles_.size())))];
  }
  HandleId handle() { return opened().handle; }
  // Sometimes an fcntl lock of a process.
  OwnerKey owner(const Answer& of) {
    if (below(3) == 0) return {Via::fcntl, of.node, 1 + below(3)};
    return {Via::flock, of.node, static_cast<std::uint64_t>(of.handle)};
  }
  Asker asker() {
    return {static_cast<pid_t>(1 + below(3)), 10 + below(10), below(3) == 0 ? 0 : 5 + below(10)};
  }
  ByteRange bytes() {
    const std::uint64_t first = below(8);
    return {first, first + below(4)};
  }
  NodeId some_node(const Engine& engine) {
    if (below(4) == 0) return NodeId{LockTable::first_node + below(16)};
    const auto node =
        const_cast<Engine&>(engine).find_node(below(3) == 0 ? pick(names) : pick(expressions));
    return node.value_or(NodeId{99999});
  }
  Mode mode() { return below(3) == 0 ? Mode::shared : Mode::exclusive; }
  Event acquire() {
    const Answer& of = opened();
    return event::Acquire{request(),     of.handle, owner(of), mode(),
                          below(4) != 0, thread(),  asker(),   bytes()};
  }
  Event release() {
    const Answer& of = opened();
    const bool all = below(2) == 0;
    return event::Release{request(), of.handle, owner(of), thread(), all ? ByteRange{} : bytes()};
  }
  Command marking() {
    static constexpr const char* units[] = {"x", "y", "a", "b", "d0"};
    switch (below(8)) {
      case 0:
        return command::Offline{pick(names), pick(units), "dead"};
      case 1:
      case 2:
        return command::Online{pick(names), pick(units)};
      case 3:
        return command::Drain{pick(names), "later"};
      case 4:
        return command::Undrain{pick(names)};
      default:
        return command::Break{pick(names), std::nullopt, std::nullopt, "enough"};
    }
  }
  Command command() {
    switch (below(9)) {
      case 6:
      case 7:
      case 8:
        return marking();
      case 0:
      case 1:
        return command::Make{pick(names)};
      case 2:
        return command::Remove{pick(names)};
      case 3:
        return command::Settled{{Code::busy, "no"}};
      default:
        return command::Reload{policies_[below(static_cast<std::uint32_t>(policies_.size()))]};
    }
  }
  Event control(const Engine&) {
    const RequestId id = below(3) == 0 ? earlier_request() : request();
    return event::Control{id, handle(), client(), below(3), below(2) == 0, "words", command()};
  }
  Event reconnect() {
    event::Reconnect event;
    for (std::uint64_t id = last_request_ < 60 ? 1 : last_request_ - 60; id <= last_request_;
         ++id) {
      if (below(8) != 0) event.again.push_back(RequestId{id});
    }
    event.last_sent_is_lost = below(4) == 0;
    return event;
  }

  std::mt19937 random_;
  std::vector<Policy> policies_ = policies();
  std::uint64_t last_request_ = 0;
  std::vector<Answer> handles_;
};

auto tied(const Answer& v) { return std::tie(v.id, v.reason, v.handle, v.node, v.token); }
// All of a notice, the text too.
std::vector<std::string> notices(const Effects& effects) {
  std::vector<std::string> all;
  for (const auto& notice : effects.notices) all.push_back(dump(effects.told(notice)));
  return all;
}

template <class T>
void expect_same(const std::vector<T>& a, const std::vector<T>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(tied(a[i]), tied(b[i]));
}

std::string render(const ClaimView& v) {
  return std::to_string(static_cast<int>(v.mode)) + "/" + std::to_string(v.client.thread) + "/" +
         std::to_string(v.since) + "/" + std::to_string(v.token) + "/" + v.note + " ";
}

std::string render(const Engine& engine) {
  std::string text;
  for (const auto& lock : describe(engine).locks) {
    text += lock.name + (lock.retired ? " retired:" : ":");
    for (const auto& unit : lock.units) {
      text += " " + unit.name + "=" + std::to_string(unit.since) + (unit.retired ? "! " : " ");
      for (const auto& holder : unit.holders) text += render(holder);
    }
    for (const auto& waiter : lock.waiters) text += "<" + render(waiter);
    text += "\n";
  }
  return text;
}

// Feeds both the same events; they must do the same.
void run_alike(Engine& saved, Engine& restored, Events& events, int count, WallTime now) {
  for (int i = 0; i < count; ++i) {
    const Event event = events.next(saved);
    Effects a;
    Effects b;
    saved.apply(++now, event, a);
    restored.apply(now, event, b);
    restored.check();
    events.learn(a);
    expect_same(a.answers, b.answers);
    EXPECT_EQ(a.wakeups, b.wakeups);
    EXPECT_EQ(notices(a), notices(b));
    ASSERT_FALSE(testing::Test::HasFailure()) << "event " << i << " of kind " << event.index();
  }
  EXPECT_EQ(render(saved), render(restored));
  EXPECT_EQ(save(saved), save(restored));
}

// The journal writes an event and the sending of its first answer as one.
TEST(Snapshot, IsTheSameWhetherTheFirstAnswerIsSentAtOnceOrByAnEvent) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    Events events(seed);
    WallTime now = 1000;
    Engine at_once(policies()[0], now);
    Engine apart(policies()[0], now);
    for (int i = 0; i < 60; ++i) {
      const Event event = events.next(apart);
      if (std::holds_alternative<event::Reconnect>(event)) continue;
      Effects a;
      Effects b;
      at_once.apply(++now, event, a, FirstAnswer::sent);
      apart.apply(now, event, b);
      events.learn(b);
      expect_same(a.answers, b.answers);
      if (!b.answers.empty()) apart.apply(now, event::Sent{b.answers.front().id}, b);
      ASSERT_EQ(save(at_once), save(apart)) << "seed " << seed << ", event " << i;
    }
  }
}

TEST(Snapshot, RestoresAnEngineThatBehavesAsTheSavedOne) {
  for (unsigned seed = 1; seed <= 500; ++seed) {
    Events events(seed);
    WallTime now = 1000;
    Engine engine(policies()[0], now);
    for (unsigned i = 0; i < seed % 250; ++i) {
      Effects effects;
      engine.apply(++now, events.next(engine), effects);
      events.learn(effects);
    }
    const auto bytes = save(engine);
    const auto restored = restore(bytes);
    ASSERT_NE(restored, nullptr) << "seed " << seed;
    restored->check();
    EXPECT_EQ(save(*restored), bytes) << "seed " << seed;
    EXPECT_EQ(render(engine), render(*restored)) << "seed " << seed;
    run_alike(engine, *restored, events, 150, now);
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

// Opens what `text` names and asks for it; the descriptor's owner.
OwnerKey open_and_lock(Engine& engine, const char* text, Mode mode) {
  static std::uint64_t request = 0;
  Effects effects;
  engine.apply(1, event::Intern{text}, effects);
  const NodeId node = engine.find_node(text).value();
  engine.apply(2, event::Open{RequestId{++request}, FileKind::lock, node, {}}, effects);
  const HandleId handle = effects.answers.back().handle;
  const OwnerKey owner{Via::flock, node, static_cast<std::uint64_t>(handle)};
  engine.apply(3, event::Acquire{RequestId{++request}, handle, owner, mode, true, 1}, effects);
  return owner;
}

TEST(Snapshot, KeepsTheOrderOfHoldersAfterADowngrade) {
  Engine engine(policies()[0], 0);
  const OwnerKey both = open_and_lock(engine, "a=shared+b", Mode::exclusive);
  open_and_lock(engine, "a", Mode::shared);
  Effects effects;
  engine.apply(4, event::Acquire{RequestId{99}, HandleId{both.id}, both, Mode::shared, true, 1},
               effects);
  EXPECT_EQ(render(*restore(save(engine))), render(engine));
}

// Parts that do not fit together would mislead whatever comes next.
TEST(Snapshot, IsRefusedWhenItsPartsDoNotFit) {
  Engine engine(policies()[0], 0);
  open_and_lock(engine, "a", Mode::exclusive);
  open_and_lock(engine, "board=2", Mode::shared);
  open_and_lock(engine, "a+b", Mode::exclusive);
  open_and_lock(engine, "board@x", Mode::exclusive);
  const Snapshot image = Snapshot::save(engine);
  ASSERT_NE(image.restore(), nullptr);
  ASSERT_EQ(image.waits.size(), 2U);
  const std::function<void(Snapshot&)> faults[] = {
      [](Snapshot& v) { v.locks[1].name = v.locks[0].name; },
      [](Snapshot& v) { v.locks.back().units[1].name = v.locks.back().units[0].name; },
      [](Snapshot& v) { v.locks.back().free.clear(); },
      [](Snapshot& v) { v.locks.back().shared.pop_back(); },
      [](Snapshot& v) {
        v.gone.push_back({NodeId{64}, "gone"});
      },
      [](Snapshot& v) {
        v.gone.push_back({NodeId{65}, "a"});
      },
      [](Snapshot& v) { v.next_node = 64; },
      [](Snapshot& v) { v.handles.pop_back(); },
      [](Snapshot& v) { v.handles[0].owners.clear(); },
      [](Snapshot& v) { v.handles[0].kind = FileKind::view; },
      [](Snapshot& v) { v.next_handle = 1; },
      [](Snapshot& v) { std::swap(v.holds[0], v.holds[1]); },
      [](Snapshot& v) { v.holds[0].grants.clear(); },
      [](Snapshot& v) { v.holds[0].mode = Mode::shared; },
      [](Snapshot& v) { v.holds[1].grants[1] = v.holds[1].grants[0]; },
      [](Snapshot& v) { v.holds[0].others = {v.holds[0].handle}; },
      [](Snapshot& v) { v.last_token = 0; },
      [](Snapshot& v) { v.waits[1].ticket = v.waits[0].ticket; },
      [](Snapshot& v) { v.waits[1].request = v.waits[0].request; },
      [](Snapshot& v) { v.waits[0].alternatives[0][0].count = 0; },
      [](Snapshot& v) { v.waits[0].alternatives.clear(); },
      [](Snapshot& v) { v.next_ticket = 0; },
  };
  int number = 0;
  for (const auto& spoil : faults) {
    Snapshot wrong = image;
    spoil(wrong);
    EXPECT_EQ(wrong.restore(), nullptr) << "fault " << number;
    ++number;
  }
}

// What was damaged is refused or restored to something; no byte of it leads anywhere else.
TEST(Snapshot, SurvivesEveryWrongByte) {
  std::mt19937 random(7);
  for (unsigned seed = 1; seed <= 5; ++seed) {
    Events events(seed);
    Engine engine(policies()[0], 0);
    for (WallTime now = 1; now < 120; ++now) {
      Effects effects;
      engine.apply(now, events.next(engine), effects);
      events.learn(effects);
    }
    const auto bytes = save(engine);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      auto wrong = bytes;
      wrong[at] ^= static_cast<std::byte>(1U << (random() % 8));
      restore(wrong);
    }
  }
}

}  // namespace
}  // namespace lockfs
