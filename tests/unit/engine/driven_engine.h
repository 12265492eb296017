// A test that drives one engine by hand: opens, locks and gives up, one event after the other.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/unit/engine/engine_pair.h"

namespace lockfs {

class DrivenEngine : public testing::Test {
 protected:
  void start(const Policy& policy) { engine_ = std::make_unique<Engine>(policy, now_); }
  void apply(const Event& event) {
    effects_ = {};
    engine_->apply(now_ += step_, event, effects_);
  }

  RequestId next_request() { return RequestId{++last_request_}; }
  const Handle& open(const std::string& text) {
    apply(event::Intern{text});
    const NodeId node = engine_->find_node(text).value();
    apply(event::Open{next_request(), FileKind::lock, node, Client{}});
    return *engine_->find_handle(effects_.answers.at(0).handle);
  }
  RequestId lock(const Handle& handle, Mode mode) {
    const RequestId id = next_request();
    const auto thread = static_cast<pid_t>(last_request_);
    apply(event::Acquire{id, handle.id, flock_owner(handle), mode, true, thread});
    return id;
  }
  void unlock(const Handle& handle) {
    apply(event::Release{next_request(), handle.id, flock_owner(handle), 0});
  }

  WallTime now_ = 1;
  WallTime step_ = 1;  // between two events
  std::uint64_t last_request_ = 0;
  std::unique_ptr<Engine> engine_;
  Effects effects_;
};

}  // namespace lockfs
