#include "tests/unit/engine/random_events.h"

#include <algorithm>

#include "core/description.h"
#include "tests/unit/engine/some_locks.h"

namespace lockfs {
namespace {

constexpr const char* some_names[] = {"a", "b", "board", "d0", "d1", "d2"};
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
  auto strict_b = b;
  strict_b.fail_at_deadlock = true;
  auto strict_board = board("board", {"x", "y", "z"});
  strict_board.fail_at_deadlock = true;
  auto closed_a = a;
  closed_a.access = {false, {1001}};
  auto no_making = with_limits({b, board("board", {"z", "x"}), closed_a});
  no_making.create = {false, {1000}};
  const auto limited = [](LockSpec lock, WallTime max_hold, OnExpiry on_expiry) {
    lock.max_hold = max_hold;
    lock.on_expiry = on_expiry;
    return lock;
  };
  const auto brief_a = limited(a, 25, OnExpiry::break_hold);
  const auto brief_b = limited(b, 30, OnExpiry::yield);
  const auto brief_board = limited(board("board", {"x", "y", "z"}), 12, OnExpiry::yield);
  const auto watched_board = limited(board("board", {"x", "y"}), 9, OnExpiry::warn);
  const auto cleaned = [](LockSpec lock) {
    lock.hooks.on_release = "reset";
    return lock;
  };
  return {with_limits({a, b, strict_board}),
          with_limits({a, strict_b, board("board", {"x", "y"})}),
          with_limits({a, board("board", {"y", "w", "x", "z"})}),
          no_making,
          with_limits({b, board("a", {"p", "q"}), named_lock("d0")}),
          with_limits({brief_a, brief_b, brief_board}),
          with_limits({brief_a, b, watched_board}),
          with_limits({a, cleaned(b), cleaned(board("board", {"x", "y", "z"}))}),
          with_limits({cleaned(brief_a), b, cleaned(brief_board)}),
          with_limits({limited(a, 20, OnExpiry::yield), limited(b, 15, OnExpiry::break_hold),
                       brief_board})};
}

RandomEvents::RandomEvents(unsigned seed, Engine& engine, RequestId before)
    : random_(seed),
      engine_(engine),
      calm_(below(4) != 0),
      fcntl_(1 + below(6)),
      before_(static_cast<std::uint64_t>(before)) {}

Event RandomEvents::next() {
  const auto dice = below(100);
  if (engine_.waiters() > 0 && below(8) == 0) return lineage();
  if (below(engine_.cleaning() > 0 ? 6 : 60) == 0) return hook_ended();
  if (handles_.size() < 3 || dice < 10) return opening();
  if (dice < 51) return acquire();
  if (dice < 55) return note();
  if (dice < 70) return release();
  if (dice < 78) return cancel();
  if (dice < 84) return event::Close{take_handle().handle};
  if (dice < 88) return event::Unlink{request(), name(), client().uid};
  if (dice < 94) return control();
  if (dice == 94) return event::Poll{handle().handle, below(1000)};
  if (dice < 97) return event::Sent{earlier_request()};
  if (below(16) == 0) return marks();
  if (below(4) == 0) return event::Poll{handle().handle, 1000 + below(1000)};
  if (below(4) == 0) return reading();
  if (below(4) == 0) return event::Tick{};
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

std::string RandomEvents::name() { return some_names[below(std::size(some_names))]; }

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
  if (below(8) == 0) {
    constexpr FileKind others[] = {FileKind::view, FileKind::control, FileKind::events};
    return event::Open{request(), others[below(std::size(others))], NodeId{2}, client()};
  }
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

// Of the events, as far as there are any, or of a text.
Event RandomEvents::reading() {
  const HandleId of = handle().handle;
  if (below(4) == 0) return event::Seek{of, below(1000)};
  const EventPlace from{below(500), 1 + below(50), below(20), false};
  return event::EventsRead{of, from, {from.offset + 100, from.position + 1, 0, false}};
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

// Of somebody who waits, below some who opened descriptors or asked for locks; now and then of a
// process that got its id later.
Event RandomEvents::lineage() {
  const auto waits = engine_.waits_without_lineage();
  if (waits.empty()) return event::Lineage{earlier_request(), {{static_cast<pid_t>(below(4)), 1}}};
  const auto& [request, waiting] = waits[below(waits.size())];
  event::Lineage event{request, {}};
  event.processes.push_back({below(3) == 0 ? static_cast<pid_t>(below(4)) : waiting, 1});
  for (auto more = below(4); more > 0; --more) {
    const Handle* opened = handles_.empty() ? nullptr : engine_.find_handle(handle().handle);
    const bool opener = opened != nullptr && below(4) != 0;
    const pid_t process = opener ? opened->client.thread : static_cast<pid_t>(below(4));
    event.processes.push_back({process, below(8) == 0 ? 1000 : 1});
  }
  return event;
}

Event RandomEvents::cancel() {
  for (std::uint64_t id = last_; id > 0 && id + 40 > last_; --id) {
    if (engine_.is_waiting(RequestId{id}) && below(3) == 0) return event::Cancel{RequestId{id}};
  }
  return event::Cancel{earlier_request()};
}

// Mostly of somebody who holds something, though perhaps elsewhere.
Event RandomEvents::note() {
  event::Note note{request(), handle().handle, "note " + std::to_string(last_), {}};
  for (const auto& lock : describe(engine_).locks) {
    for (const auto& unit : lock.units) {
      for (const auto& holder : unit.holders) {
        if (below(4) == 0) note.holds.push_back(holder.ticket);
      }
    }
  }
  return note;
}

// The next line of a write to the control file, or one that comes again.
Event RandomEvents::control() {
  if (write_ == RequestId::none || engine_.kept_answer(write_) != nullptr) write_ = request();
  const Client by = below(6) == 0 ? client() : Client{};
  const auto line = below(engine_.lines_done(write_) + 1);
  return event::Control{write_, handle().handle, by, line, below(2) == 0, "words", command()};
}

Event RandomEvents::reconnect() {
  event::Reconnect event;
  for (std::uint64_t id = before_ + 1; id <= last_; ++id) {
    if (below(8) != 0) event.again.push_back(RequestId{id});
  }
  event.last_sent_is_lost = below(4) == 0;
  return event;
}

std::string RandomEvents::unit() {
  static constexpr const char* units[] = {"x", "y", "z", "a", "b", "d0", "p"};
  return units[below(std::size(units))];
}

// More often than not it takes a mark away, so that there is something to give.
Command RandomEvents::marking() {
  const std::string lock = name();
  const std::string address = lock == "board" || below(4) == 0 ? unit() : lock;
  const auto dice = below(12);
  if (dice < 2) return command::Offline{lock, address, below(2) == 0 ? "dead" : ""};
  if (dice < 5) return command::Online{lock, address};
  if (dice < 6) return command::Drain{lock, "later"};
  if (dice < 8) return command::Undrain{lock};
  command::Break order{lock, std::nullopt, std::nullopt, "enough"};
  if (below(2) == 0) order.unit = address;
  if (below(4) == 0)
    order.token = engine_.last_token() - std::min<Token>(below(4), engine_.last_token());
  return order;
}

// As at a start.
Event RandomEvents::marks() {
  const std::string lock = name();
  return event::SetMarks{{{lock, std::nullopt, {1001, 5, "kept"}}, {"board", unit(), {0, 6, ""}}}};
}

// Mostly of a unit that is being cleaned, and mostly well.
Event RandomEvents::hook_ended() {
  const auto places = engine_.units_to_clean();
  const bool any = places.empty() || below(6) == 0;
  const UnitPlace place = any ? UnitPlace{name(), unit()} : places[below(places.size())];
  const HookKind kind = any && below(4) != 0 ? HookKind::check : HookKind::on_release;
  return event::HookEnded{place, kind, below(4) == 0 ? "it smokes" : ""};
}

Command RandomEvents::command() {
  if (below(3) != 0) return marking();
  const auto dice = below(8);
  if (dice == 0) return command::Make{name()};
  if (dice == 1) return command::Remove{name()};
  if (dice == 2) return command::Settled{{Code::busy, "no"}};
  return command::Reload{policies_[below(policies_.size())]};
}

}  // namespace lockfs
