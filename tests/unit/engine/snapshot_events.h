// Random events that mostly make sense: they use descriptors, requests and names that are there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "core/engine.h"

namespace lockfs {

// The configurations between which reloads go: a lock goes and comes back, a board shrinks and
// grows, a lock is closed to a user, creating is.
std::vector<Policy> snapshot_policies();

class SnapshotEvents {
 public:
  explicit SnapshotEvents(unsigned seed) : random_(seed) {}

  // The next event. What the engine did with those before tells which descriptors are open.
  Event next(const Engine& engine);
  void learn(const Effects& effects);

 private:
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  template <std::size_t n>
  const char* pick(const char* const (&words)[n]) {
    return words[below(n)];
  }
  RequestId request() { return RequestId{++last_request_}; }
  RequestId earlier_request();
  Client client() { return {below(3) == 0 ? 0 : 1000 + below(3), thread(), 5}; }
  pid_t thread() { return static_cast<pid_t>(100 + below(4)); }
  const Answer& opened();
  HandleId handle() { return opened().handle; }
  OwnerKey owner(const Answer& of);
  Asker asker();
  ByteRange bytes();
  NodeId some_node(const Engine& engine);
  Mode mode() { return below(3) == 0 ? Mode::shared : Mode::exclusive; }

  Event acquire();
  Event release();
  Event lineage(const Engine& engine);
  Event control();
  Event reconnect();
  Command command();
  Command marking();

  std::mt19937 random_;
  std::vector<Policy> policies_ = snapshot_policies();
  std::uint64_t last_request_ = 0;
  std::vector<Answer> handles_;
};

}  // namespace lockfs
