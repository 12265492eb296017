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
#include "core/event_place.h"
#include "core/hook.h"
#include "core/lineages.h"
#include "core/mark.h"
#include "core/peer.h"
#include "core/types.h"

namespace lockfs {

// What a descriptor is open on. The engine locks through `lock` handles, and a `hold` handle is a
// lock as long as it is open; of an `events` handle it keeps how far it was read; of the others it
// keeps the account, so that opens and closes balance and limits hold for all. A `remote` handle is
// none of the kernel's: it is what somebody who came through a socket door locks by, and goes with
// the lock.
enum class FileKind : std::uint8_t { lock, view, control, hold, events, remote, last = remote };

// Whether its descriptors name locks.
constexpr bool names_locks(FileKind kind) {
  return kind == FileKind::lock || kind == FileKind::hold || kind == FileKind::remote;
}

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

// The marks that a start finds on disk. Those of units and locks that are no longer there are
// dropped, but for a dynamic lock's, which is made anew: nobody is to have it by its name.
struct SetMarks {
  std::vector<PlacedMark> marks;
};

// Somebody polls this descriptor and is to be woken, by the kernel's number for it, once there is
// more to tell than Engine::poll_state() tells now. No answer.
struct Poll {
  HandleId handle = HandleId::none;
  std::uint64_t number = 0;
};

// What is written to a lock's file: the note of whoever holds it. Through a descriptor that holds
// something it is noted there; else at those of `holds`, by ticket, that its locks have: these are
// the writer's, as the door has found out.
struct Note {
  RequestId id = RequestId::none;
  HandleId handle = HandleId::none;
  std::string text;  // as note_of() gives it
  std::vector<Ticket> holds;
};

// From which processes one who waits descends: its own first (lineages.h). No answer.
struct Lineage {
  RequestId request = RequestId::none;
  std::vector<Forebear> processes;
};

// Where in the text of the events a descriptor's latest read begins, and where it ends. Posted
// before the read is answered. No answer.
struct EventsRead {
  HandleId handle = HandleId::none;
  EventPlace from;
  EventPlace to;
};

// Somebody connected to a socket door.
struct Connected {
  ConnectionId id = ConnectionId::none;
  Peer peer;
};

// Whose process is at the other end, of a peer over TCP from this host.
struct Identified {
  ConnectionId id = ConnectionId::none;
  uid_t uid = unknown_uid;
};

// These bytes came, and were taken from the socket or will be: the door does each of these events
// once (Connection::received).
struct Received {
  ConnectionId id = ConnectionId::none;
  std::string bytes;
};

// So many bytes of Connection::output were written; likewise once.
struct Written {
  ConnectionId id = ConnectionId::none;
  std::uint32_t bytes = 0;
};

// The peer closed its end, or half of it, or is gone: what it waits for is dropped.
struct Disconnected {
  ConnectionId id = ConnectionId::none;
};

// A successor took over: these connections are still there, the others are not.
struct Reattached {
  std::vector<ConnectionId> connections;
};

// When the process was started that a remote holder names, as somebody saw.
struct ProcessSeen {
  HandleId handle = HandleId::none;
  std::int64_t started = 0;
};

// The process that this remote holder names is dead, as somebody saw.
struct ProcessDied {
  HandleId handle = HandleId::none;
};

// A command that was run for this unit has ended: well, or this is what went wrong.
struct HookEnded {
  UnitPlace place;
  HookKind kind = HookKind::on_release;
  std::string failure;
};

// Nothing but that time went by: see Engine::next_deadline.
struct Tick {};

}  // namespace event

// Whether an event's first answer goes to the kernel at once: then the event is a Sent besides, in
// one step. (Not a Reconnect's: whoever is answered may not have asked again yet.)
enum class FirstAnswer : std::uint8_t { kept, sent };

using Event = std::variant<event::Intern, event::Open, event::Create, event::Seek, event::Close,
                           event::Acquire, event::Release, event::Cancel, event::Unlink,
                           event::Control, event::Stop, event::Sent, event::Undelivered,
                           event::Reconnect, event::Hold, event::SetMarks, event::Poll, event::Note,
                           event::Lineage, event::EventsRead, event::Connected, event::Identified,
                           event::Received, event::Written, event::Disconnected, event::Reattached,
                           event::ProcessSeen, event::ProcessDied, event::Tick, event::HookEnded>;

}  // namespace lockfs
