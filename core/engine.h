// The lock engine: every lock, holder and waiter, and the one rule by which they change.
//
// Promise. Deterministic: the same events in the same order give the same state and the same
// effects; no I/O, no clock, no threads, no logging. After every event:
//   - a unit has one exclusive holder, or sharers, or none, and a retired or absent unit no new
//   ones;
//   - no waiter could be granted: what can be given away has been, first come first served (fit.h),
//     over all locks in the one order of the tickets;
//   - an all-of claim holds all its units or none; an any-of claim stands in no line once granted;
//   - no hold has passed its deadline unnoticed, and none that is to yield is waited for;
//   - tokens of later grants are larger.
// check() verifies this and more; tests call it after every event.
//
// Requests: an answer is kept until the next one is Sent, so that a request that comes again is
// answered and not done again; a Reconnect says which did. Nothing else of the doors' is known
// here.
//
// Deadlocks (wait_graph.h) are found as soon as it is told from which processes the waiters
// descend, and are shown as they are after every event.
//
// Costs. Acquire, release and cancel of a plain lock: O(log n) in locks, holders and waiters. Sets:
// that for each member, and a pass over waiters that this lock could serve but another keeps
// waiting. fcntl locks: that, O(byte ranges of the owner), and O(those who wait to join at the
// unit). Deadlocks: nothing, unless somebody waits who keeps a hold that is waited for; then
// O(whom that waiter waits for).
//
// Ownership: the engine owns all it hands out pointers to; they live until the next apply().
// Threads: one at a time. The daemon's event loop owns the engine.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/claim_table.h"
#include "core/connection.h"
#include "core/effect.h"
#include "core/event.h"
#include "core/handle_table.h"
#include "core/hold_deadlines.h"
#include "core/lock_table.h"
#include "core/mutexdaemon.h"
#include "core/policy.h"
#include "core/remote_table.h"
#include "core/tally.h"
#include "core/wait_graph.h"

namespace lockfs {

struct HeldUnit {
  std::string lock;
  std::string unit;
};

class Engine {
 public:
  static constexpr std::size_t max_expected_opens = 1024;

  // Tokens go on above `last_token`.
  Engine(const Policy& policy, WallTime now, Token last_token = 0);

  // Applies one event at this moment; what comes of it is appended to `effects`.
  void apply(WallTime now, const Event& event, Effects& effects,
             FirstAnswer first = FirstAnswer::kept);

  // --- What is there.
  const LockTable& locks() const { return locks_; }
  const Handle* find_handle(HandleId id) const { return handles_.find(id); }
  std::optional<NodeId> find_node(std::string_view name);
  // The locks that a node names, each once: one, or those of an expression in its order. None if
  // there is no such node, or one of them is gone.
  std::vector<const Lock*> locks_of(NodeId node) const;
  // Where this thread, whose CREATE under .hold/ was answered `stale`, can open that name to hold
  // it: it looks it up again, and must find it, for the kernel repeats the CREATE no more.
  std::optional<NodeId> find_expected(std::string_view name, pid_t thread) const;
  // Whether this user may lock what the node stands for; nothing if there is no such node.
  std::optional<bool> may_lock(NodeId node, uid_t uid) const;
  // Whether the process that asks uses the other of flock(2) and fcntl(2) on the same file: then
  // the event must say when it was started (kin.h).
  bool any_kin(const event::Acquire& e) const;
  // Why this would not be granted now, and because of whom, if it is somebody. Nothing changes.
  Reason probe(const event::Acquire& e, const Claim*& in_the_way);
  // What is held through a descriptor.
  std::vector<HeldUnit> units_of(HandleId id) const;
  // What poll(2) is to tell of it.
  PollState poll_state(const Handle& handle) const;
  bool holds(const OwnerKey& owner) const { return claims_.hold_of(owner) != nullptr; }
  // Whether anything is held through this descriptor: a note can be written to it.
  bool holds_through(HandleId id) const;
  bool may_create(uid_t uid) const { return create_.allows(uid); }
  bool may_command(uid_t uid) const { return admins_.allows(uid); }
  std::size_t opens() const { return handles_.size(); }
  // In no order that means anything.
  const std::unordered_map<HandleId, Handle>& open_files() const { return handles_.all(); }
  std::size_t holds() const { return claims_.holds(); }
  std::size_t waiters() const { return claims_.waiters(); }
  bool stopping() const { return stopping_; }
  Token last_token() const { return last_token_; }
  // How many notices there have been.
  std::uint64_t last_position() const { return last_position_; }
  const Tally& tally() const { return tally_; }
  const Outcome& last_command() const { return last_command_; }
  // The marks that stand, and a number that grows whenever they may have changed.
  std::vector<PlacedMark> marks() const;
  std::uint64_t mark_changes() const { return mark_changes_; }
  // When something is to happen by itself: an event is due then, a Tick if there is no other.
  std::optional<WallTime> next_deadline() const;
  // What is to be run for units, and how.
  const HookRules& hook_rules() const { return hook_rules_; }
  std::size_t cleaning() const { return cleaning_; }
  std::vector<UnitPlace> units_to_clean() const;
  // The socket doors' part: where they are, and who is there.
  const Doors& doors() const { return doors_; }
  const Connections& connections() const { return connections_; }
  const Connection* find_connection(ConnectionId id) const;
  const RemoteTable& remotes() const { return remotes_; }
  std::vector<ConnectionId> awaiting_reload() const;

  // --- For a successor.
  // The answer to a request that was done before, if it is still kept.
  const Answer* kept_answer(RequestId id) const;
  // The answer that was sent last; whether it arrived, only the next one's being sent tells.
  const Answer& last_sent() const { return last_sent_; }
  const Claim* find_waiter(RequestId id) const { return claims_.waiter(id); }
  bool is_waiting(RequestId id) const { return find_waiter(id) != nullptr; }
  // Those of whom no Lineage has been told yet, with the threads that wait.
  std::vector<std::pair<RequestId, pid_t>> waits_without_lineage() const;
  // How many lines of this unanswered control write are done.
  std::uint32_t lines_done(RequestId id) const;

  // An invariant that is broken, in words; nullptr: none. O(everything). What is broken in the
  // structure would mislead whatever comes next; a promise can be kept late.
  const char* broken_structure() const;
  const char* broken_promise() const;
  // Aborts if there is one; for tests.
  void check() const;

 private:
  friend class Restorer;  // snapshot_restore.cc
  friend class Saver;     // snapshot_save.cc
  Engine() = default;

  void on(const event::Intern& e);
  void on(const event::Open& e);
  void on(const event::Create& e);
  void on(const event::Hold& e);
  void on(const event::Seek& e);
  void on(const event::EventsRead& e);
  void on(const event::Close& e);
  void on(const event::Acquire& e);
  void on(const event::Release& e);
  void on(const event::Cancel& e);
  void on(const event::Unlink& e);
  void on(const event::Control& e);
  void on(const event::Stop& e);
  void on(const event::SetMarks& e);
  void on(const event::Poll& e);
  void on(const event::Sent& e);
  void on(const event::Undelivered& e);
  void on(const event::Reconnect& e);
  void on(const event::Note& e);
  void on(const event::Lineage& e);
  void on(const event::Connected& e);
  void on(const event::Identified& e);
  void on(const event::Received& e);
  void on(const event::Written& e);
  void on(const event::Disconnected& e);
  void on(const event::Reattached& e);
  void on(const event::ProcessSeen& e);
  void on(const event::ProcessDied& e);
  void on(const event::Tick& e);
  void on(const event::HookEnded& e);
  void undo(const Answer& lost);

  // engine_files.cc: nodes and descriptors.
  bool exists(const Term& term) const;
  std::vector<Lock*> find_names(NodeId node, uid_t uid, Reason& reason);
  Reason open_lock(NodeId node, const event::Open& e);
  void answer_opened(RequestId id, const Handle& handle);
  bool too_many_opens(uid_t uid) const;
  Lock* revive(NodeId node, uid_t uid, Reason& reason);
  Reason may_make(std::string_view name, uid_t uid) const;
  Lock& make_dynamic(std::string_view name, uid_t uid);
  void uncount_dynamic(uid_t creator);
  void pin(Handle& handle, Lock& lock);
  void unpin(Lock& lock);
  void forget(Lock& lock);
  Outcome run(const command::Make& c, const Client& by);
  Outcome run(const command::Remove& c, const Client& by);
  Outcome run(const command::Reload& c, const Client& by);
  Outcome run(const command::Settled& c, const Client& by);
  Outcome run(const command::Break& c, const Client& by);
  Outcome run(const command::Offline& c, const Client& by);
  Outcome run(const command::Online& c, const Client& by);
  Outcome run(const command::Drain& c, const Client& by);
  Outcome run(const command::Undrain& c, const Client& by);
  bool may_give(const Command& command, uid_t uid) const;
  Reason remove_dynamic(Lock& lock, uid_t by);

  // engine_hold.cc
  struct ExpectedOpen {
    pid_t thread = 0;
    NodeId node = NodeId::none;
  };
  void expect_open(pid_t thread, NodeId node);
  std::vector<Lock*> find_held(const event::Hold& e, Reason& reason);
  void ask_to_hold(const event::Hold& e, Handle& handle);

  // engine_claims.cc: requests and grants.
  Reason resolve(const Handle& handle, Mode mode, uid_t uid, Alternatives& found) const;
  Reason resolve_anew(const Handle& handle, Mode mode, Alternatives& found) const;
  Reason resolve_term(const Term& term, Lock* lock, Mode mode, uid_t uid, Want& want) const;
  std::unique_ptr<Claim> make_claim(const event::Acquire& e, const Handle& handle,
                                    Ticket ticket) const;
  bool answer_at_once(Claim& hold, const event::Acquire& e);
  bool convert(Claim& hold, std::unique_ptr<Claim> claim, bool wait);
  void downgrade(Claim& hold, RequestId id);
  void change_mode(Claim& hold, Mode mode);
  Reason why_not_wait(const Claim& claim) const;
  bool ask(std::unique_ptr<Claim> claim, bool wait, std::span<const Grant> preferred);
  bool choose(const Claim& claim, std::span<const Grant> preferred);
  bool choose_joined(const Claim& claim);
  void grant(std::unique_ptr<Claim> claim);
  void join(Claim& hold, const Claim& waited);
  void serve_other_waits(const OwnerKey& owner);

  // engine_line.cc: waiters and their places.
  static std::vector<Want> places_of(const Claim& claim);
  void enqueue(Claim& claim);
  void place(Claim& claim);
  void dequeue(const Claim& claim);
  std::unique_ptr<Claim> leave_line(Claim& claim);
  void end_wait(Claim& claim, Reason reason);
  void refuse_wait(Claim& claim, Reason reason);

  // engine_release.cc
  void release(const OwnerKey& owner);
  void drop_grants(Claim& hold, const std::optional<Mark>& broken);
  void forget_descriptors(const Claim& hold);
  void drop_claims(const Handle& handle);
  void forget_owner(const OwnerKey& owner, HandleId handle);

  // engine_kin.cc: fcntl(2) locks, and those who wait for what their kin holds.
  bool may_have_kin(const OwnerKey& owner) const;
  Claim* base_of(const Claim& claim) const;
  std::vector<Claim*> waiting_kin(const Claim& hold) const;
  void place_kin_anew(const Claim& hold);
  void place_anew(const std::vector<Claim*>& waits);
  Reason extend(Claim& hold, RequestId id, const LockedRange& range);
  void join_range(Claim& hold, const Claim& claim, const LockedRange& range);
  void lock_through(Claim& hold, HandleId handle);
  Reason unlock(const OwnerKey& owner, const ByteRange& bytes);
  void close_ranges(Claim& hold, HandleId handle);
  void narrow(Claim& hold);

  // engine_notes.cc
  std::vector<Claim*> holds_through(const Handle& handle) const;
  static std::vector<Claim*> holds_among(const Handle& handle, const std::vector<Ticket>& tickets);

  // engine_remote.cc: claims of those who come through a socket door.
  void expire();
  Handle* open_remote(const Connection& connection, const std::vector<std::string>& names,
                      Reason& reason);
  Reason add_name(Handle& handle, const std::string& name);
  void ask_remotely(Connection& connection, Handle& handle, Via via, std::optional<Ticket> ticket,
                    bool wait);
  void stand(const Lock& lock, const Handle& handle);
  const Lock* settle_on_granted(HandleId handle);
  void forget_remote(const Handle& handle);
  void answer_remote(const Answer& answer);
  void end_connection(Connection& connection);
  std::string owner_name(const Claim& claim) const;
  std::string owner_of(const Lock& lock) const;

  // engine_connections.cc: what comes and goes through the socket doors.
  Connection* connection(ConnectionId id);
  void say(Connection& connection, const std::string& text);
  void go_on_with(ConnectionId id);
  void serve_connections();
  void serve(Connection& connection);
  void obey_line(Connection& connection, const std::string& line);
  void conclude_answered();
  void conclude(Connection& connection);

  // engine_lockerd.cc: lockerd's commands.
  void obey(Connection& c, const lockerd::Command& command);
  Claim* lockerd_claim(const std::string& name, const std::string& user) const;
  Claim* lockerd_hold(const std::string& name, const std::string& user) const;
  std::optional<Ticket> take_place(const lockerd::Settings& asked);
  void lock_by_lockerd(Connection& c);
  void hold_on(Connection& c, const Claim& hold);
  void tell_of_holders(Connection& c);
  void unlock_by_lockerd(Connection& c);
  void break_by_lockerd(Connection& c);
  void list_locks(Connection& c);
  void conclude_lockerd(Connection& c, const Answer& answer, bool told_waiting);
  lockerd::Standing standing(const lockerd::Settings& settings) const;
  bool is_admin(const Connection& c) const;

  // engine_mutexdaemon.cc: mutexdaemon's requests.
  void obey(Connection& c, const mutexdaemon::Request& request);
  void set_user(Connection& c, const mutexdaemon::Request& request);
  static const Claim* find_mate(const Lock& lock, uid_t uid);
  void request_board(Connection& c, const std::string& board);
  void join(Connection& c, Handle& handle, const Claim& mate);
  void conclude_mutexdaemon(Connection& c, const Answer& answer);
  void list_users(Connection& c, const std::string& board);
  void mark_instance_offline(Connection& c);
  void end_assignment(HandleId handle);

  // engine_settle.cc: who is let in when something was given up.
  void touch(Lock& lock, Ticket behind = 0);
  void settle();
  bool settle_next(Lock& lock, Ticket behind);

  // engine_marks.cc: what an administrator does to units, locks and holds.
  struct Marked {
    Lock* lock = nullptr;
    Unit* unit = nullptr;
    Outcome outcome;  // ok if they are there
  };
  Marked find_marked(const std::string& name, const std::optional<std::string>& unit) const;
  static std::vector<Claim*> holds_of(const Lock& lock, const Unit* unit);
  void break_hold(Claim& hold, const Mark& why);
  void mark(Lock& lock, Unit& unit, std::optional<Mark> offline);
  void drain(Lock& lock, const std::optional<Mark>& draining);
  void clear_marks(Lock& lock);

  // engine_hooks.cc: commands that are run for units.
  void clean_left(std::span<const Grant> left);
  void begin_cleaning(Lock& lock, Unit& unit);
  void end_cleaning(Lock& lock, Unit& unit, const std::string& failure);
  void end_check(Lock& lock, Unit& unit, const std::string& failure);

  // engine_expiry.cc: holds that last longer than they may.
  static WallTime first_deadline(const Claim& hold, WallTime after);
  void set_deadline(Claim& hold, WallTime after);
  void pass_deadlines();
  void pass_deadline(Claim& hold);
  void end_long_holds();
  static Claim* first_to_yield(const Lock& lock);
  void break_long_hold(Claim& hold, const Lock& lock);
  void check_deadlines() const;

  // engine_poll.cc
  static bool is_wanted(const Grant& grant);
  void look_at_holders(Lock& lock);
  void look_at_poller(const Claim& hold);
  void tell_pollers();
  void wake_all_pollers();

  // engine_deadlock.cc
  void suspect_keepers_of(const Claim& hold);
  void suspect_all();
  std::vector<Claim*> take_suspects();
  bool any_circle_through(const std::vector<Claim*>& suspects) const;
  void review_deadlocks();
  bool any_deadlock_in_doubt() const;
  void settle_deadlocks();
  void renew_deadlocks(const std::vector<Claim*>& suspects);
  std::vector<std::vector<RequestId>> find_deadlocks_among(
      const std::vector<const Lock*>& locks) const;
  void let_all_go();
  void set_deadlocks(const std::vector<std::vector<RequestId>>& found);
  void forget_deadlock(Claim& claim);
  Claim* to_be_failed() const;
  void notice_deadlock(const Claim& claim, Reason reason = Reason::none);
  void check_deadlocks() const;

  // engine_reload.cc
  void adopt(const Policy& policy);
  void configure(const LockSpec& spec);
  void retire_missing(const Policy& policy);
  void review_waits();

  void check_ways(const Claim& claim) const;

  void answer(Answer answer);
  void note_sent(const Answer& answer);

  // engine_notices.cc: each goes into the effects of the event at hand.
  Notice& notice(NoticeKind kind);
  Notice& notice(NoticeKind kind, const Lock& lock, const Unit* unit = nullptr);
  Notice& notice(NoticeKind kind, const Claim& claim, WallTime since = 0,
                 Reason reason = Reason::none);
  void notice_command(const event::Control& e, const Outcome& outcome);
  void say_mark(Notice& told, const Mark& mark);

  LockTable locks_;
  HandleTable handles_;
  ClaimTable claims_;
  Access create_;
  Access admins_;
  Limits limits_;
  std::unordered_map<uid_t, std::uint32_t> dynamic_per_user_;
  std::unordered_map<RequestId, Answer> kept_answers_;  // not sent yet
  Answer last_sent_;
  std::vector<ExpectedOpen> expected_opens_;  // the earliest first
  std::unordered_map<RequestId, std::uint32_t> lines_done_;
  Outcome last_command_;
  Ticket next_ticket_ = 1;
  Token last_token_ = 0;
  std::uint64_t last_position_ = 0;  // of the notices
  Tally tally_;
  bool stopping_ = false;
  std::size_t polled_ = 0;          // descriptors that somebody polls
  std::uint64_t mark_changes_ = 0;  // of this process's
  Lineages lineages_;
  std::vector<std::unique_ptr<Deadlock>> deadlocks_;
  std::set<NodeId> watched_;  // the locks on which the deadlocks hang
  WallTime started_ = 0;
  Doors doors_;
  HookRules hook_rules_;
  std::size_t cleaning_ = 0;  // units
  RemoteTable remotes_;
  HoldDeadlines deadlines_;
  Connections connections_;

  // Of the event at hand.
  std::vector<RequestId> suspects_;  // who may be part of a new deadlock
  bool suspect_all_ = false;
  bool deadlocks_stale_ = false;  // some may be over
  WallTime now_ = 0;
  Effects* effects_ = nullptr;
  FirstAnswer first_answer_ = FirstAnswer::kept;
  // Locks at which somebody may be let in, by the place in the queue from which on to look.
  struct FirstToSettle {
    bool operator()(const Lock* a, const Lock* b) const {
      return std::pair(*a->unsettled, a->node) < std::pair(*b->unsettled, b->node);
    }
  };
  std::set<Lock*, FirstToSettle> unsettled_;
  // Whose pollers may have to be told something.
  struct ByNode {
    bool operator()(const Lock* a, const Lock* b) const { return a->node < b->node; }
  };
  std::set<Lock*, ByNode> look_at_;
  std::set<HandleId> polls_to_look_at_;
  std::set<Lock*, ByNode> yielding_;  // where a hold may have to yield now
  struct Chosen {
    Lock* lock;
    Unit* unit;
    Mode mode;
    bool follows;
  };
  std::vector<Chosen> chosen_;
  std::vector<Unit*> chosen_units_;
  std::vector<ConnectionId> going_on_;  // connections whose next line may be looked at
  std::vector<ConnectionId> answered_;  // those who are to be told first what they waited for
};

}  // namespace lockfs
