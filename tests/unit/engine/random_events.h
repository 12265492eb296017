// Random events that mostly make sense: they use descriptors, requests and names that are there.
// The same seed gives the same events to the same engine.
#pragma once

#include <random>
#include <vector>

#include "core/engine.h"

namespace lockfs {

// The policies between which the reloads go: locks, addresses and users are removed and come back.
std::vector<Policy> random_policies();

class RandomEvents {
 public:
  // Its requests are numbered on from `before`.
  RandomEvents(unsigned seed, Engine& engine, RequestId before = RequestId::none);

  Event next();
  // What came of the event: which descriptors are open now.
  void learn(const Effects& effects);

 private:
  std::uint32_t below(std::size_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  std::string name();
  std::string expression();
  RequestId request() { return RequestId{++last_}; }
  RequestId earlier_request();
  Client client();
  pid_t thread() { return static_cast<pid_t>(100 + below(2)); }
  const Answer& handle() { return handles_[below(handles_.size())]; }
  Answer take_handle();
  OwnerKey owner(const Answer& of);
  Asker asker();
  ByteRange bytes();

  Event opening();
  Event holding();
  Event reading();
  Event acquire();
  Event release();
  Event lineage();
  Event cancel();
  Event note();
  Event control();
  Event reconnect();
  Command command();
  Command marking();
  Event marks();
  Event hook_ended();
  std::string unit();

  std::mt19937 random_;
  Engine& engine_;
  bool calm_;            // nothing that happens at a takeover or a stop
  std::uint32_t fcntl_;  // one request of so many is for an fcntl lock
  std::int64_t last_asked_ = 0;
  std::vector<Policy> policies_ = random_policies();
  std::uint64_t before_;
  std::uint64_t last_ = before_;
  RequestId write_ = RequestId::none;  // to the control file
  pid_t opener_ = 1;
  std::vector<Answer> handles_;
};

}  // namespace lockfs
