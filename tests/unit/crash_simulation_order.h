// First come, first served: watches what the workers append to their journal and complains when
// of the exclusive requests for one plain lock a later one is granted before an earlier one. Not of
// a lock that somebody used fcntl(2) on: kin may pass (core/kin.h).
#pragma once

#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/engine.h"

namespace lockfs::sim {

struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void require(bool condition, const std::string& promise);

class OrderCheck {
 public:
  void appended(const Engine& engine, const Event& event, std::span<const Answer> answers);

 private:
  struct Wait {
    NodeId node;
    HandleId handle;
    pid_t thread;
    RequestId position;  // of the request that first asked
  };
  void asked(const Engine& engine, const event::Acquire& e);
  void granted(const Wait& wait) const;

  std::set<NodeId> used_by_kin_;
  std::map<RequestId, Wait> waits_;
  std::map<std::pair<HandleId, pid_t>, RequestId> kept_;
};

}  // namespace lockfs::sim
