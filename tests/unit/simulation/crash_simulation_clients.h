// The programs that use the locks, simulated: threads with descriptors, each of which remembers
// what it was told and complains when that stops being so.
//
// What is checked, and from whose knowledge:
//   - what a client was told it holds it holds until it says otherwise, with the same token, and
//     nobody else was told the same (exclusion, no lost hold, no double grant);
//   - tokens grow;
//   - a set is held as a whole or not at all;
//   - a signal ends a wait;
//   - a note stays until another is written;
//   - who reads the events goes on where it was;
//   - a command that can be done once succeeds (done twice it fails);
//   - once nothing is left to read, everybody who is blocked waits in the engine, and the engine
//     knows as many descriptors and waiters as there are.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/engine.h"
#include "tests/unit/simulation/crash_simulation_holds.h"
#include "tests/unit/simulation/crash_simulation_kernel.h"
#include "tests/unit/simulation/crash_simulation_order.h"

namespace lockfs::sim {

struct Descriptor {
  HandleId handle = HandleId::none;
  NodeId node = NodeId::none;
  Via via = Via::flock;  // hold: below .hold/
  FileKind kind = FileKind::lock;
  std::vector<EventPlace> read;  // .events: where its latest read began and ended
  std::set<pid_t> users;
};

// An owner of locks: an open file (flock), or a process with a file (fcntl).
struct Owner {
  int in_flight = 0;    // its requests
  bool certain = true;  // no two requests at once, none that vanished: it knows what it has
  std::optional<Hold> told;
};
// The largest tokens that anybody was told of at a unit: of all, of exclusive holders.
struct ToldTokens {
  Token any = 0;
  Token exclusive = 0;
  Hold latest;  // whose the larger one is
};

struct Thread {
  RequestId blocked = RequestId::none;
  bool dying = false;
  pid_t parent = 1;
  std::optional<event::Acquire> broken;  // a wait that a signal broke
};

Policy policy(int number);

class Clients {
 public:
  // With fcntl(2), kin pass each other; without it the order in which all are served can be
  // checked.
  Clients(Kernel& kernel, std::mt19937& random, bool with_fcntl)
      : kernel_(kernel), random_(random), with_fcntl_(with_fcntl) {}

  // One of them does something. `daemon_down`: what a killed caller asked for vanishes even if it
  // had been read.
  void act(bool daemon_down);
  void kill_one(bool daemon_down);
  // A caller that is being answered at this moment is killed.
  void vanish(RequestId id);
  // Everybody who can ends; false if all are blocked.
  bool leave();

  bool lives(pid_t thread) const { return threads_.contains(thread); }
  // The thread, which is a process, and those by which it was forked.
  std::vector<Forebear> lineage(pid_t thread) const;
  bool empty() const { return threads_.empty(); }

  void appended(const Engine& engine, const Event& event);
  void finished(const Engine& engine, const Request& request, const Answer& answer);
  void check_holds(const Engine& engine) const;
  void check_quiet(const Engine& engine) const;

 private:
  std::uint32_t below(std::size_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  void spawn();
  void act_as(pid_t id, Thread& thread);
  void ask(pid_t id, const Descriptor& descriptor);
  void ask_fcntl(pid_t id, const Descriptor& descriptor);
  void write(pid_t id, const Descriptor& descriptor, const OwnerKey& owner);
  void submit(pid_t id, Call call);
  void open(pid_t id);
  void open_to_hold(pid_t id);
  void command(pid_t id);
  void read(pid_t id, const Descriptor& descriptor);
  void close(pid_t id, Descriptor& descriptor);
  void kill(pid_t id, bool even_if_read);
  void die(pid_t id);
  void forget_request(const Request& request, bool seen);
  Descriptor* some_descriptor(pid_t user);
  Owner* owner_of(const Call& call);

  // crash_simulation_answers.cc: what they are told.
  void ran(const std::vector<event::Control>& lines);
  void opened(const Engine& engine, const Request& request, const Answer& answer);
  void answered(const Engine& engine, const Call& call, const Answer& answer);
  void has_read(const Engine& engine, const event::EventsRead& call);
  void tell(Owner& owner, const std::optional<Hold>& hold);

  Kernel& kernel_;
  std::mt19937& random_;
  bool with_fcntl_;
  pid_t last_thread_ = 100;
  std::map<pid_t, Thread> threads_;
  std::map<HandleId, Descriptor> descriptors_;
  std::map<OwnerId, Owner> owners_;
  std::int64_t asked_ = 1;
  std::set<HandleId> ever_opened_;
  std::map<std::tuple<NodeId, std::string>, ToldTokens> told_tokens_;
  int last_name_ = 0;
  std::vector<std::string> made_;  // lasting locks that nobody uses
};

}  // namespace lockfs::sim
