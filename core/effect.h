// What comes out of the engine: answers to those who asked, and notices for whoever watches.
#pragma once

#include <string>
#include <vector>

#include "core/claim.h"
#include "core/command.h"
#include "core/reason.h"

namespace lockfs {

// To one request. `handle` and `node` are set when something was opened, `token` at a grant.
struct Answer {
  RequestId id = RequestId::none;
  Reason reason = Reason::none;
  HandleId handle = HandleId::none;
  NodeId node = NodeId::none;
  Token token = 0;
};

enum class NoticeKind : std::uint8_t {
  waiting,
  granted,
  released,
  ended,    // a wait that ended without a grant; `reason` says why
  created,  // a dynamic lock
  removed,
  command,  // a control command and its outcome
};

std::string_view to_string(NoticeKind kind);

// Something that happened, for the log and for those who watch.
struct Notice {
  NoticeKind kind = NoticeKind::granted;
  std::string subject;  // the lock (of a set: the first), or the command's words
  Client client;
  Token token = 0;
  Reason reason = Reason::none;
  Outcome outcome;  // of a command
};

struct Effects {
  std::vector<Answer> answers;
  std::vector<Notice> notices;
};

}  // namespace lockfs
