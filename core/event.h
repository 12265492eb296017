// Everything that can happen to the locks: the engine's whole input.
//
// What was learnt from outside (who asks, what the configuration says, what time it is) is inside
// the event, so that the same events give the same state again. An event with a RequestId is
// answered exactly once, now or later; the same request coming again gets the same answer and is
// not done again.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/claim.h"
#include "core/command.h"
#include "core/types.h"

namespace lockfs {

// What a descriptor is open on. The engine locks through `lock` handles, and a `hold` handle is a
// lock as long as it is open; of the others it keeps the account, so that opens and closes balance
// and limits hold for all.
enum class FileKind : std::uint8_t { lock, view, control, hold };

namespace event {

// Gives an expression a node, under which it can be opened. No answer: Engine::find_node tells.
struct Intern {
  std::string text;
};

// open(2) of a node: of a lock or an expression (`node`), or of a view or the control file.
struct Open {
  RequestId id = RequestId::none;
  FileKind kind = FileKind::lock;
  NodeId node = NodeId::none;
  Client client;
};

// open(2) with O_CREAT of a name that was not there: makes a dynamic lock and opens it.
struct Create {
  RequestId id = RequestId::none;
  std::string name;
  Client client;
};

// open(2) under .hold/: opens and acquires in one, and is answered at the grant. By `node`, or with
// O_CREAT by the `name` that was not there. A signal ends it without a place being kept.
struct Hold {
  RequestId id = RequestId::none;
  NodeId node = NodeId::none;
  std::string name;
  Client client;
  Mode mode = Mode::exclusive;
  bool wait = true;
};

// Where in a descriptor's offsets the text begins that is read from it: lock files and the control
// file ignore offsets. None: what was written makes the next read begin anew, wherever it is. No
// answer.
struct Seek {
  HandleId handle = HandleId::none;
  std::optional<std::int64_t> base;
};

// The last close of a descriptor: everything held or awaited through it is given up. No answer.
struct Close {
  HandleId handle = HandleId::none;
};

// A lock is asked for. Who already holds one converts it: to the same mode changes nothing; to
// shared keeps the unit; to exclusive gives the old lock up first, also when the new one is then
// refused. As fcntl(2) has it, that converts these bytes only, and loses nothing while it waits or
// when it fails.
struct Acquire {
  RequestId id = RequestId::none;
  HandleId handle = HandleId::none;
  OwnerKey owner;
  Mode mode = Mode::exclusive;
  bool wait = true;
  pid_t thread = 0;  // of the caller: the key, with handle and mode, under which a place is kept
  Asker asker = {};
  ByteRange bytes = {};  // fcntl
};

// Unlocks; of fcntl locks these bytes. The close of a file by a process (FLUSH) is that of all.
struct Release {
  RequestId id = RequestId::none;
  HandleId handle = HandleId::none;
  OwnerKey owner;
  pid_t thread = 0;
  ByteRange bytes = {};
};

// A signal broke the wait: it is answered `interrupted` and keeps its place while the handle is
// open.
struct Cancel {
  RequestId id = RequestId::none;
};

// unlink(2) of a dynamic lock.
struct Unlink {
  RequestId id = RequestId::none;
  std::string name;
  uid_t by = 0;
};

// One line of a write to the control file. The request is answered with the `last` line, or with
// the first that fails. `line` counts from 0; a line that was done before is not done again.
struct Control {
  RequestId id = RequestId::none;  // none: nobody waits (a signal)
  HandleId handle = HandleId::none;
  Client client;
  std::uint32_t line = 0;
  bool last = true;
  std::string words;  // as given, for the record
  Command command;
};

// The daemon is leaving: waits end, nobody new gets anything, holders may go on.
struct Stop {};

// The answer to this request goes to the kernel now. Posted before it is written, so that of all
// kept answers only the last of these can have reached somebody, or not.
struct Sent {
  RequestId id = RequestId::none;
};

// It reached nobody: the caller was killed. A grant is taken back, an opened handle forgotten.
struct Undelivered {
  RequestId id = RequestId::none;
};

// A successor took over: of all unanswered requests only these came again. The others' callers were
// killed, and no door will ever say so: their waits are dropped, and what was done for them but
// never sent is undone. Of the one answer that was being sent the door says what became of it.
struct Reconnect {
  std::vector<RequestId> again;
  bool last_sent_is_lost = false;
};

}  // namespace event

using Event =
    std::variant<event::Intern, event::Open, event::Create, event::Seek, event::Close,
                 event::Acquire, event::Release, event::Cancel, event::Unlink, event::Control,
                 event::Stop, event::Sent, event::Undelivered, event::Reconnect, event::Hold>;

}  // namespace lockfs
