// First come, first served: watches what the workers append to their journal and complains when a
// request is granted before an earlier one that wants a lock of it, too, in a mode that excludes
// it. So everybody is served once those are gone who came before and conflict: nobody starves.
//
// Of locks with one unit; not once somebody has used fcntl(2): kin may pass (core/kin.h).
#pragma once

#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/engine.h"
#include "core/snapshot.h"

namespace lockfs::sim {

struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void require(bool condition, const std::string& promise);

class OrderCheck {
 public:
  void appended(const Engine& engine, const Event& event, std::span<const Answer> answers);

 private:
  using Modes = std::map<NodeId, Mode>;  // of the locks that are held or wanted
  using Position = std::uint64_t;        // in the order in which all asked
  struct Wait {
    HandleId handle = HandleId::none;
    pid_t thread = 0;
    Mode mode = Mode::exclusive;
    Position position = 0;
    Modes wants;
  };
  Position take_position(const event::Acquire& e);
  void asked(const Event& event);
  void note_wants(const Snapshot& image);
  void granted(const Snapshot& image, const Wait& wait, Token token) const;

  bool kin_may_pass_ = false;
  Position last_position_ = 0;
  std::map<RequestId, Wait> waits_;
  std::map<std::tuple<HandleId, pid_t, Mode>, Position> kept_;
};

}  // namespace lockfs::sim
