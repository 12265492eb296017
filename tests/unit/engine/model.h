// The engine's rules once more, as simply as they can be told: flat lists, walked from end to end.
//
// The tests give it the events that the engine gets and compare. Nothing here is shared with the
// engine but the words (events, terms, policies) and the parser of expressions, which has tests of
// its own. Where the engine counts and indexes, the model walks every waiter and sets units aside
// one by one; where the engine looks only at what changed, the model looks at everybody, again and
// again, until nobody can be let in.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/effect.h"
#include "core/event.h"
#include "core/expression.h"
#include "core/handle_table.h"
#include "core/policy.h"

namespace lockfs::model {

struct Unit {
  std::string name;
  bool retired = false;
  std::optional<Mark> offline;
  bool cleaning = false;
  WallTime since = 0;
  std::uint64_t freed = 0;   // when it became free, in the order of such events
  std::uint64_t shared = 0;  // when it became one that sharers may join
};

struct Lock {
  NodeId node = NodeId::none;
  LockKind kind = LockKind::dynamic;
  bool configured = false;
  bool lasting = false;
  uid_t creator = 0;
  Access access;
  bool fail_at_deadlock = false;
  WallTime max_hold = 0;
  OnExpiry on_expiry = OnExpiry::warn;
  bool cleans = false;
  WallTime last_grant = 0;
  std::optional<Mark> draining;
  std::vector<Unit> units;
};

struct Kept {
  pid_t thread = 0;
  Via via = Via::flock;
  Mode mode = Mode::exclusive;
  Ticket ticket = 0;
};

struct Handle {
  FileKind kind = FileKind::lock;
  NodeId node = NodeId::none;
  Client client;
  std::vector<AllOf> alternatives;
  std::vector<Kept> kept;
  std::optional<Mark> broken = {};
};

// What is wanted of one lock, with the request's mode filled in.
struct Want {
  std::string lock;
  std::optional<std::string> unit;
  std::uint32_t count = 1;
  Mode mode = Mode::exclusive;
  bool follows = true;
};

struct Got {
  std::string lock;
  std::string unit;
  Mode mode = Mode::exclusive;
  bool follows = true;
};

// A request that waits, or, once it has a token, holds.
struct Claim {
  Ticket ticket = 0;
  OwnerKey owner;
  std::vector<HandleId> handles;  // the first one stands for it
  Client client;
  Asker asker;
  Mode mode = Mode::exclusive;
  WallTime since = 0;
  RequestId request = RequestId::none;
  pid_t thread = 0;
  ByteRange bytes;
  Token token = 0;
  std::vector<Got> got;
  // fcntl: how each byte is locked, and through which descriptor. The tests' files are small.
  std::map<std::uint64_t, std::pair<Mode, HandleId>> locked;
  std::string note;
  std::vector<Forebear> lineage;             // of a waiter, as far as it is known
  std::optional<std::set<Ticket>> deadlock;  // all who wait in it
  WallTime passed = 0;                       // of a hold: no deadline before this one is to come

  bool uses(HandleId handle) const {
    return std::find(handles.begin(), handles.end(), handle) != handles.end();
  }
};

class Model {
 public:
  Model(const Policy& policy, WallTime now);

  // The answers that this event brings, in their order.
  std::vector<Answer> apply(WallTime now, const Event& event);

  // The whole state for people, and for a comparison with the engine's description.
  std::string dump() const;
  std::optional<NodeId> find_node(const std::string& text) const;
  const std::map<HandleId, Handle>& handles() const { return handles_; }
  PollState poll_state(HandleId handle) const;

 private:
  void on(const event::Intern& e);
  void on(const event::Open& e);
  void on(const event::Create& e);
  void on(const event::Hold& e);
  void on(const event::Seek&) {}
  void on(const event::Close& e);
  void on(const event::Acquire& e);
  void on(const event::Release& e);
  void on(const event::Cancel& e);
  void on(const event::Unlink& e);
  void on(const event::Control& e);
  void on(const event::Stop& e);
  void on(const event::SetMarks& e);
  void on(const event::Poll&) {}
  void on(const event::EventsRead&) {}
  bool is_wanted(const Claim& hold, const Got& got) const;
  void on(const event::Sent& e);
  void on(const event::Undelivered& e);
  void on(const event::Reconnect& e);
  void on(const event::Note& e);
  void on(const event::Lineage& e);
  // What comes through the socket doors has a model of its own (lockerd_model.h).
  void on(const event::Connected&) {}
  void on(const event::Identified&) {}
  void on(const event::Received&) {}
  void on(const event::Written&) {}
  void on(const event::Disconnected&) {}
  void on(const event::Reattached&) {}
  void on(const event::ProcessSeen&) {}
  void on(const event::ProcessDied&) {}
  void on(const event::Tick&) {}
  void on(const event::HookEnded& e);

  // model_files.cc
  Reason may_make(const std::string& name, uid_t uid) const;
  void make_dynamic(const std::string& name, uid_t uid);
  // What is opened under a name or a node, or why nothing is.
  struct Opened {
    NodeId node = NodeId::none;
    std::vector<AllOf> alternatives;
    Reason reason = Reason::none;
  };
  Opened find_or_make(const std::string& name, const Client& client);
  Opened find_opened(NodeId node, const Client& client);
  HandleId add_handle(FileKind kind, const Opened& opened, const Client& client);
  void open(RequestId id, FileKind kind, const Opened& opened, const Client& client);
  bool too_many_opens(uid_t uid) const;
  bool in_use(const std::string& name) const;
  Reason remove(const std::string& name, uid_t by);
  Code run(const command::Make& c, uid_t by);
  Code run(const command::Remove& c, uid_t by);
  Code run(const command::Reload& c, uid_t by);
  Code run(const command::Settled& c, uid_t by);
  Code run(const command::Break& c, uid_t by);
  Code run(const command::Offline& c, uid_t by);
  Code run(const command::Online& c, uid_t by);
  Code run(const command::Drain& c, uid_t by);
  Code run(const command::Undrain& c, uid_t by);
  void mark(Unit& unit, std::optional<Mark> offline);
  static bool marked(const Lock& lock);
  void adopt(const Policy& policy);
  void reshape(Lock& lock, const std::vector<std::string>& names);
  void forget_unused();

  // model_claims.cc
  Reason why_not(const AllOf& all, uid_t uid) const;
  std::vector<std::vector<Want>> wants_of(const Claim& claim) const;
  Reason why_none(const Claim& claim) const;
  Claim* hold_of(const OwnerKey& owner);
  Claim* waiter(RequestId id);
  std::optional<Ticket> take_kept(Handle& handle, pid_t thread, Via via, std::optional<Mode> mode);
  void ask(Claim claim, bool wait, const std::vector<Got>& preferred);
  bool try_grant(Claim& claim, const std::vector<Got>& preferred);
  std::optional<std::vector<Got>> find_units(const Claim& claim, const std::vector<Got>& preferred);
  void give(Claim& claim, std::vector<Got> got);
  void change_mode(Claim& hold, Mode mode);
  void convert(Claim claim, bool wait);
  void serve_owner(const OwnerKey& owner);
  void drop(const Claim& claim);
  void let_go(const Claim& claim);
  void clean(const std::vector<Got>& left);
  void remove_wait(RequestId id);
  void settle();

  // model_kin.cc
  const Claim* base_of(const Claim& claim) const;
  bool akin_once_joined(const Claim& joiner, const Claim& other) const;
  bool conflict(const Claim& joiner, Mode mode, const Claim& other, Mode other_mode) const;
  std::vector<std::pair<const Claim*, Mode>> joiners(const Got& at) const;
  bool may_join(const Claim& claim) const;
  bool waits_in_a_circle(const Claim& claim) const;
  bool are_akin(const Claim& a, const Claim& b) const;
  static void lock_bytes(Claim& hold, const Claim& with);
  void extend(Claim& hold, RequestId id, const Claim& with);
  void close_ranges(Claim& hold, HandleId handle);
  void narrow(Claim& hold);

  // model_deadlock.cc
  bool kept(const Claim& hold) const;
  void let_all_go();
  bool stands_in_the_way(const Claim& waiter, const Claim& other) const;
  bool can_have(const Claim& waiter, const Want& place) const;
  bool bars(const Claim& waiter, const Want& want, const Claim& other) const;
  std::vector<std::set<Ticket>> deadlocks() const;
  Claim* to_be_failed();
  void review_deadlocks();

  // model_expiry.cc
  WallTime next_deadline(const Claim& hold) const;
  void pass_deadlines();
  Claim* to_yield(const std::string& name);
  void break_long(const Claim& hold, const std::string& name);
  bool end_yielding();

  // How a unit was held, to see what changed.
  using Before = std::vector<std::pair<bool, Mode>>;
  Before look(const std::vector<Got>& units) const;
  void note_changes(const std::vector<Got>& units, const Before& before);

  // model_fit.cc
  std::vector<Want> places_of(const Claim& claim) const;
  std::optional<std::vector<std::string>> fit(const Want& want, Ticket ticket,
                                              const std::vector<Got>& preferred) const;
  std::vector<const Claim*> holders(const std::string& lock, const std::string& unit) const;
  Mode held_mode(const std::string& lock, const std::string& unit) const;

  Unit* find_unit(const std::string& lock, const std::string& unit);
  void answer(const Answer& answer);

  std::map<std::string, Lock> locks_;
  std::map<std::string, NodeId> lingering_;    // dynamic locks that went
  std::map<std::string, NodeId> expressions_;  // texts that were given a node
  std::map<HandleId, Handle> handles_;
  std::vector<Claim> claims_;  // in the order of their tickets
  std::map<RequestId, Answer> kept_answers_;
  Answer last_sent_;
  std::map<RequestId, std::uint32_t> lines_done_;
  Access create_;
  Access admins_;
  Limits limits_;
  std::uint64_t next_node_ = 64;
  std::uint64_t next_handle_ = 1;
  std::uint64_t next_change_ = 1;
  Ticket next_ticket_ = 1;
  Token last_token_ = 0;
  bool stopping_ = false;
  WallTime now_ = 0;
  std::vector<Answer> answers_;
};

}  // namespace lockfs::model
