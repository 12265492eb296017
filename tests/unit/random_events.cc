#include "tests/unit/random_events.h"

#include <algorithm>

#include "tests/unit/engine_pair.h"

namespace lockfs {
namespace {

constexpr const char* names[] = {"a", "b", "board", "d0", "d1", "d2"};
constexpr const char* expressions[] = {"a+b",
                                       "a,b",
                                       "a=shared+b",
                                       "board@x",
                                       "board@y=shared",
                                       "board=2",
                                       "board=2=shared",
                                       "board@x,board@y",
                                       "board@z+a,b",
                                       "a+board",
                                       "board,a",
                                       "board=3",
                                       "b=shared+board@x",
                                       "a=exclusive+b=shared",
                                       "d0+a",
                                       "d1,board=2",
                                       "board@x+a,board@y+b",
                                       "board=shared",
                                       "board=2+a,board=1=shared+b",
                                       "board@y=shared+b",
                                       "board=2=shared+a",
                                       "board=3=shared+b",
                                       "board+b",
                                       "board=exclusive+a",
                                       "board=exclusive"};

Policy with_limits(std::vector<LockSpec> locks) {
  Policy policy;
  policy.locks = std::move(locks);
  policy.admins = {false, {1001}};
  policy.limits.max_waiters = 14;
  policy.limits.max_waiters_per_user = 8;
  policy.limits.max_opens_per_user = 12;
  policy.limits.max_dynamic_locks_per_user = 2;
  return policy;
}

}  // namespace

std::vector<Policy> random_policies() {
  const auto a = named_lock("a");
  const auto b = named_lock("b");
  auto closed_a = a;
  closed_a.access = {false, {1001}};
  auto no_making = with_limits({b, board("board", {"z", "x"}), closed_a});
  no_making.create = {false, {1000}};
  return {with_limits({a, b, board("board", {"x", "y", "z"})}),
          with_limits({a, b, board("board", {"x", "y"})}),
          with_limits({a, board("board", {"y", "w", "x", "z"})}), no_making,
          with_limits({b, board("a", {"p", "q"}), named_lock("d0")})};
}

RandomEvents::RandomEvents(unsigned seed, Engine& engine)
    : random_(seed), engine_(engine), calm_(below(4) != 0), fcntl_(1 + below(6)) {}

Event RandomEvents::next() {
  const auto dice = below(100);
  if (handles_.size() < 3 || dice < 10) return opening();
  if (dice < 55) return acquire();
  if (dice < 70) return release();
  if (dice < 78) return cancel();
  if (dice < 84) return event::Close{take_handle().handle};
  if (dice < 88) return event::Unlink{request(), name(), client().uid};
  if (dice < 93) return control();
  if (dice < 97) return event::Sent{earlier_request()};
  if (calm_) return release();
  if (dice < 98) return event::Undelivered{earlier_request()};
  if (dice < 99) return reconnect();
  return below(8) == 0 ? Event(event::Stop{}) : Event(event::Undelivered{RequestId{last_}});
}

void RandomEvents::learn(const Effects& effects) {
  for (const auto& answer : effects.answers) {
    if (answer.node != NodeId::none) handles_.push_back(answer);
  }
}

std::string RandomEvents::name() { return names[below(std::size(names))]; }

std::string RandomEvents::expression() { return expressions[below(std::size(expressions))]; }

RequestId RandomEvents::earlier_request() {
  return RequestId{last_ - std::min<std::uint64_t>(below(8), last_)};
}

Client RandomEvents::client() { return {below(4) == 0 ? 0 : 1000 + below(2), opener_++, 7}; }

Answer RandomEvents::take_handle() {
  const auto at = handles_.begin() + static_cast<std::ptrdiff_t>(below(handles_.size()));
  const Answer handle = *at;
  handles_.erase(at);
  return handle;
}

// Mostly flock's owner; in some sequences often one that descriptors of the same file have in
// common.
OwnerKey RandomEvents::owner(const Answer& of) {
  if (below(fcntl_) == 0) return {Via::fcntl, of.node, 1 + below(3)};
  return {Via::flock, of.node, static_cast<std::uint64_t>(of.handle)};
}

Event RandomEvents::opening() {
  const auto dice = below(6);
  if (dice >= 4) return holding();
  if (dice == 0) return event::Create{request(), name(), client()};
  if (dice == 1) return event::Intern{expression()};
  if (below(16) == 0) return event::Open{request(), FileKind::control, NodeId{2}, client()};
  const std::string text = dice == 2 ? name() : expression();
  const NodeId any{LockTable::first_node + below(12)};
  return event::Open{request(), FileKind::lock, engine_.find_node(text).value_or(any), client()};
}

Event RandomEvents::holding() {
  event::Hold hold{request(),    {}, {}, client(), below(2) == 0 ? Mode::shared : Mode::exclusive,
                   below(5) != 0};
  const auto dice = below(3);
  if (dice == 0) hold.name = name();
  if (dice != 0) {
    hold.node = engine_.find_node(dice == 1 ? name() : expression()).value_or(NodeId{64});
  }
  return hold;
}

// One of few processes, some of which are started anew under the same id.
Asker RandomEvents::asker() {
  const std::int64_t asked = ++last_asked_;
  const std::int64_t started = below(3) == 0 ? 0 : 1 + below(static_cast<std::size_t>(asked));
  return {static_cast<pid_t>(below(4)), asked, started};
}

ByteRange RandomEvents::bytes() {
  if (below(3) == 0) return {};
  const std::uint64_t first = below(12);
  return {first, first + below(4)};
}

Event RandomEvents::acquire() {
  const Answer& of = handle();
  const Mode mode = below(5) < 2 ? Mode::shared : Mode::exclusive;
  return event::Acquire{request(),     of.handle, owner(of), mode,
                        below(5) != 0, thread(),  asker(),   bytes()};
}

Event RandomEvents::release() {
  const Answer& of = handle();
  return event::Release{request(), of.handle, owner(of), thread(), bytes()};
}

Event RandomEvents::cancel() {
  for (std::uint64_t id = last_; id > 0 && id + 40 > last_; --id) {
    if (engine_.is_waiting(RequestId{id}) && below(3) == 0) return event::Cancel{RequestId{id}};
  }
  return event::Cancel{earlier_request()};
}

// The next line of a write to the control file, or one that comes again.
Event RandomEvents::control() {
  if (write_ == RequestId::none || engine_.kept_answer(write_) != nullptr) write_ = request();
  const Client by = below(8) == 0 ? client() : Client{};
  const auto line = below(engine_.lines_done(write_) + 1);
  return event::Control{write_, handle().handle, by, line, below(2) == 0, "words", command()};
}

Event RandomEvents::reconnect() {
  event::Reconnect event;
  for (std::uint64_t id = 1; id <= last_; ++id) {
    if (below(8) != 0) event.again.push_back(RequestId{id});
  }
  event.last_sent_is_lost = below(4) == 0;
  return event;
}

Command RandomEvents::command() {
  const auto dice = below(8);
  if (dice == 0) return command::Make{name()};
  if (dice == 1) return command::Remove{name()};
  if (dice == 2) return command::Settled{{Code::busy, "no"}};
  return command::Reload{policies_[below(policies_.size())]};
}

}  // namespace lockfs
