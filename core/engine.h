// The lock engine: every lock, holder and waiter, and the one rule by which they change.
//
// Promise. Deterministic: the same events in the same order give the same state and the same
// effects; no I/O, no clock, no threads, no logging. After every event:
//   - a unit has one exclusive holder, or sharers, or none, and a retired or absent unit no new
//   ones;
//   - no waiter could be granted: what can be given away has been, first come first served (fit.h),
//     over all locks in the one order of the tickets;
//   - an all-of claim holds all its units or none; an any-of claim stands in no line once granted;
//   - tokens of later grants are larger.
// check() verifies this and more; tests call it after every event.
//
// Requests: an answer is kept until the next one is Sent, so that a request that comes again is
// answered and not done again; a Reconnect says which did. Nothing else of the doors' is known
// here.
//
// Costs. Acquire, release and cancel of a plain lock: O(log n) in locks, holders and waiters. Sets:
// that for each member, and a pass over waiters that this lock could serve but another keeps
// waiting. fcntl locks: that, O(byte ranges of the owner), and O(those who wait to join at the
// unit).
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
#include "core/effect.h"
#include "core/event.h"
#include "core/handle_table.h"
#include "core/lock_table.h"
#include "core/policy.h"

namespace lockfs {

struct HeldUnit {
  std::string lock;
  std::string unit;
};

class Engine {
 public:
  // Tokens go on above `last_token`.
  Engine(const Policy& policy, WallTime now, Token last_token = 0);

  // Applies one event at this moment; what comes of it is appended to `effects`.
  void apply(WallTime now, const Event& event, Effects& effects);

  // --- What is there.
  const LockTable& locks() const { return locks_; }
  const Handle* find_handle(HandleId id) const { return handles_.find(id); }
  std::optional<NodeId> find_node(std::string_view name);
  // The locks that a node names, each once: one, or those of an expression in its order. None if
  // there is no such node, or one of them is gone.
  std::vector<const Lock*> locks_of(NodeId node) const;
  // Whether this user may lock what the node stands for; nothing if there is no such node.
  std::optional<bool> may_lock(NodeId node, uid_t uid) const;
  // Whether the process that asks uses the other of flock(2) and fcntl(2) on the same file: then
  // the event must say when it was started (kin.h).
  bool any_kin(const event::Acquire& e) const;
  // Why this would not be granted now, and because of whom, if it is somebody. Nothing changes.
  Reason probe(const event::Acquire& e, const Claim*& in_the_way);
  // What is held through a descriptor.
  std::vector<HeldUnit> units_of(HandleId id) const;
  bool holds(const OwnerKey& owner) const { return claims_.hold_of(owner) != nullptr; }
  bool may_create(uid_t uid) const { return create_.allows(uid); }
  bool may_command(uid_t uid) const { return admins_.allows(uid); }
  std::size_t opens() const { return handles_.size(); }
  std::size_t holds() const { return claims_.holds(); }
  std::size_t waiters() const { return claims_.waiters(); }
  bool stopping() const { return stopping_; }
  Token last_token() const { return last_token_; }
  const Outcome& last_command() const { return last_command_; }

  // --- For a successor.
  // The answer to a request that was done before, if it is still kept.
  const Answer* kept_answer(RequestId id) const;
  // The answer that was sent last; whether it arrived, only the next one's being sent tells.
  const Answer& last_sent() const { return last_sent_; }
  bool is_waiting(RequestId id) const { return claims_.waiter(id) != nullptr; }
  // How many lines of this unanswered control write are done.
  std::uint32_t lines_done(RequestId id) const;

  // Aborts if an invariant is broken; O(everything), for tests.
  void check() const;

 private:
  friend class Restorer;  // snapshot.cc
  friend class Saver;
  Engine() = default;

  void on(const event::Intern& e);
  void on(const event::Open& e);
  void on(const event::Create& e);
  void on(const event::Hold& e);
  void on(const event::Seek& e);
  void on(const event::Close& e);
  void on(const event::Acquire& e);
  void on(const event::Release& e);
  void on(const event::Cancel& e);
  void on(const event::Unlink& e);
  void on(const event::Control& e);
  void on(const event::Stop& e);
  void on(const event::Sent& e);
  void on(const event::Undelivered& e);
  void on(const event::Reconnect& e);
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
  Reason remove_dynamic(Lock& lock, uid_t by);

  // engine_hold.cc
  std::vector<Lock*> find_held(const event::Hold& e, Reason& reason);
  void ask_to_hold(const event::Hold& e, Handle& handle);

  // engine_claims.cc: requests, grants, releases.
  struct Resolved {
    Reason reason = Reason::none;
    std::vector<Alternative> alternatives;
  };
  Resolved resolve(const Handle& handle, Mode mode, uid_t uid) const;
  Reason resolve_term(const Term& term, Lock* lock, Mode mode, uid_t uid, Want& want) const;
  std::unique_ptr<Claim> make_claim(const event::Acquire& e, const Handle& handle,
                                    Ticket ticket) const;
  bool answer_at_once(const event::Acquire& e);
  void convert(Claim& hold, std::unique_ptr<Claim> claim, bool wait);
  void downgrade(Claim& hold, RequestId id);
  void change_mode(Claim& hold, Mode mode);
  Reason why_not_wait(const Claim& claim) const;
  void ask(std::unique_ptr<Claim> claim, bool wait, std::span<const Grant> preferred);
  bool choose(const Claim& claim, std::span<const Grant> preferred);
  bool choose_joined(const Claim& claim);
  void grant(std::unique_ptr<Claim> claim);
  void serve_other_waits(const OwnerKey& owner);
  static std::vector<Want> places_of(const Claim& claim);
  void enqueue(Claim& claim);
  void dequeue(const Claim& claim);
  void end_wait(Claim& claim, Reason reason);
  void refuse_wait(Claim& claim, Reason reason);
  void release(const OwnerKey& owner);
  void drop_grants(Claim& hold);
  void drop_claims(const Handle& handle);
  void forget_owner(const OwnerKey& owner, HandleId handle);

  // engine_kin.cc: fcntl(2) locks, and those who wait for what their kin holds.
  bool may_have_kin(const OwnerKey& owner) const;
  Claim* base_of(const Claim& claim) const;
  std::vector<Claim*> waiting_kin(const Claim& hold) const;
  void place_anew(const std::vector<Claim*>& waits);
  void extend(Claim& hold, RequestId id, const LockedRange& range);
  void lock_through(Claim& hold, HandleId handle);
  Reason unlock(const OwnerKey& owner, const ByteRange& bytes);
  void close_ranges(Claim& hold, HandleId handle);
  void narrow(Claim& hold);

  void touch(Lock& lock, Ticket behind = 0);
  void settle();
  bool settle_next(Lock& lock, Ticket behind);

  // engine_reload.cc
  void adopt(const Policy& policy);
  void configure(const LockSpec& spec);
  void retire_missing(const Policy& policy);
  void review_waits();

  void answer(Answer answer);
  void notice(NoticeKind kind, const Claim& claim, Reason reason = Reason::none);

  LockTable locks_;
  HandleTable handles_;
  ClaimTable claims_;
  Access create_;
  Access admins_;
  Limits limits_;
  std::unordered_map<uid_t, std::uint32_t> dynamic_per_user_;
  std::unordered_map<RequestId, Answer> kept_answers_;  // not sent yet
  Answer last_sent_;
  std::unordered_map<RequestId, std::uint32_t> lines_done_;
  Outcome last_command_;
  Ticket next_ticket_ = 1;
  Token last_token_ = 0;
  bool stopping_ = false;

  // Of the event at hand.
  WallTime now_ = 0;
  Effects* effects_ = nullptr;
  // Locks at which somebody may be let in, by the place in the queue from which on to look.
  struct FirstToSettle {
    bool operator()(const Lock* a, const Lock* b) const {
      return std::pair(*a->unsettled, a->node) < std::pair(*b->unsettled, b->node);
    }
  };
  std::set<Lock*, FirstToSettle> unsettled_;
  struct Chosen {
    Lock* lock;
    Unit* unit;
    Mode mode;
    bool follows;
  };
  std::vector<Chosen> chosen_;
  std::vector<Unit*> chosen_units_;
};

}  // namespace lockfs
