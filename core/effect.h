// What comes out of the engine: answers to those who asked, and notices for whoever watches.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/hook.h"
#include "core/notice.h"

namespace lockfs {

// To one request. `handle` and `node` are set when something was opened, `token` at a grant.
struct Answer {
  RequestId id = RequestId::none;
  Reason reason = Reason::none;
  HandleId handle = HandleId::none;
  NodeId node = NodeId::none;
  Token token = 0;
};

// A process on some host that somebody says is dead.
struct Suspect {
  std::string host;
  pid_t pid = 0;
};

// What is to be done beside answering. Most events leave nothing.
struct Errands {
  std::vector<ConnectionId> connections;  // with something to write, or to be closed
  std::vector<Suspect> suspects;          // to be looked at
  std::vector<UnitPlace> cleanings;       // units for which on_release is to be run
  std::vector<ConnectionId> reloads;      // those who asked for a reload, and wait for it
  bool upgrade = false;                   // somebody who may asked for it

  bool empty() const {
    return connections.empty() && suspects.empty() && cleanings.empty() && reloads.empty() &&
           !upgrade;
  }
};

struct Effects {
  std::vector<Answer> answers;
  std::vector<Notice> notices;
  std::vector<std::uint64_t> wakeups;  // event::Poll's numbers of those to wake
  Errands errands;
  std::string text;  // what the notices' pieces are parts of

  NoticeText told(const Notice& notice) const { return {notice, text}; }

  Piece keep(std::string_view part) {
    const Piece piece{static_cast<std::uint32_t>(text.size()),
                      static_cast<std::uint32_t>(part.size())};
    text += part;
    return piece;
  }
  // Keeps the memory for the next event.
  void clear() {
    answers.clear();
    notices.clear();
    text.clear();
    wakeups.clear();
    if (!errands.empty()) errands = {};
  }
};

}  // namespace lockfs
