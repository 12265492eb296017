// The daemon's worker, simulated: what fs/service.cc, fs/session.cc and fs/journal.cc do with an
// event, without a kernel, a clock or a process, and with a death at any chosen step.
//
// Whoever changes the order of steps there changes it here: apply, append (the first answer is sent
// with its event, each further one with a Sent of its own), reply; at a start
// replay, ask again, Reconnect. What survives a worker is in Memory and in the Kernel.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/engine.h"
#include "core/record_log.h"
#include "tests/unit/simulation/crash_simulation_kernel.h"

namespace lockfs::sim {

// The worker is dead.
struct Crash {};

// Counts the steps of all workers; at a chosen one the worker dies.
class Steps {
 public:
  void crash_at(std::optional<std::uint64_t> step) { crash_at_ = step; }
  std::uint64_t passed() const { return passed_; }
  void pass() {
    if (passed_++ == crash_at_) throw Crash{};
  }

 private:
  std::uint64_t passed_ = 0;
  std::optional<std::uint64_t> crash_at_;
};

// The journal's memory.
struct Memory {
  static constexpr std::size_t words = 1U << 15U;
  std::array<std::vector<std::uint64_t>, 2> areas{std::vector<std::uint64_t>(words),
                                                  std::vector<std::uint64_t>(words)};
  std::uint32_t active = 0;
  RequestId replied = RequestId::none;
  // For a kernel that sends nothing again.
  std::optional<Incoming> room;  // what was read last
  std::map<RequestId, Incoming> kept;
  RequestId last_sent = RequestId::none;

  std::span<std::byte> area(std::uint32_t number) {
    return std::as_writable_bytes(std::span(areas[number]));
  }
};

// What the world around does at moments of the worker's.
struct Surroundings {
  Kernel& kernel;
  Steps& steps;
  WallTime& clock;
  std::function<void()> between_resend_and_read;
  std::function<void(RequestId)> before_reply;
  std::function<void(const Event&, std::span<const Answer>)> appended;
  std::function<bool(pid_t)> lives;
  std::function<std::vector<Forebear>(pid_t)> lineage;
  std::function<bool()> hook_fails;
};

// A call that is an event but for its number.
template <class Call>
concept NumberedEvent = requires(Call call) {
  call.id = RequestId::none;
};

class Worker {
 public:
  // The first one, on an empty memory.
  Worker(Memory& memory, Surroundings& around, const Policy& policy);
  // A successor.
  Worker(Memory& memory, Surroundings& around);

  // Takes over what the predecessor left unanswered.
  void resume();
  // Reads and handles one request.
  void handle_next();
  // Tells the engine from whom those descend who wait, as far as it does not know.
  void tell_lineages();
  // What is run for units that were let go comes to its end.
  void end_hooks();
  void stop();

  Engine& engine() { return *engine_; }

 private:
  RecordLog open_area();
  void begin(RecordLog& log);
  void append(WallTime now, const Event& event, FirstAnswer first);
  void note_sent(RequestId id);
  void compact();
  void replay();

  void apply(const Event& event, FirstAnswer first = FirstAnswer::kept);
  HandleId post(const Event& event);
  void deliver_all(std::size_t from);
  void deliver(const Answer& answer, bool kept = false);
  void send(const Answer& answer, bool kept = false);
  bool answer_again(RequestId id);
  std::vector<Incoming> ask_again();
  std::vector<Incoming> kept_requests() const;
  bool last_open_was_lost(const event::Reconnect& which, const std::vector<Incoming>& batch);

  // crash_simulation_door.cc
  std::optional<NodeId> find_node(const std::string& text);
  void handle(const Incoming& incoming);
  void interrupt(RequestId id);
  void run(RequestId id, OpenText call);
  void run(RequestId id, const event::EventsRead& call);
  void run(RequestId id, const HoldText& call);
  template <NumberedEvent Call>
  void run(RequestId id, Call call);
  void run(RequestId id, const Flush& call);
  void run(RequestId id, const Write& call);
  void run(RequestId id, event::Close call);
  void run(RequestId id, std::vector<event::Control> lines);

  Memory& memory_;
  Surroundings& around_;
  RecordLog log_;
  std::size_t compact_at_ = 0;
  std::unique_ptr<Engine> engine_;
  Effects effects_;
  bool coming_again_ = false;
  std::set<RequestId> pending_;
};

}  // namespace lockfs::sim
