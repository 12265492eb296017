// The open descriptors: what each is open on, who opened it, which places its waiters left behind.
// Owned by the engine. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/claim.h"
#include "core/command.h"
#include "core/event.h"
#include "core/lock_table.h"
#include "core/mark.h"
#include "core/one_or_more.h"
#include "core/seldom.h"

namespace lockfs {

// The place of a wait that a signal broke: whoever restarts it gets it back.
struct KeptPlace {
  pid_t thread = 0;
  Via via = Via::flock;
  Mode mode = Mode::exclusive;
  Ticket ticket = 0;
  friend bool operator==(const KeptPlace&, const KeptPlace&) = default;
};

// What poll(2) tells of a descriptor: somebody waits for what it holds; it lost its lock, and has
// not locked again.
struct PollState {
  bool wanted = false;
  bool lost = false;
  friend bool operator==(const PollState&, const PollState&) = default;
};

// Somebody polls a descriptor: the kernel's number by which to wake it, and what it was told.
struct Poller {
  std::uint64_t number = 0;
  PollState told;
  friend bool operator==(const Poller&, const Poller&) = default;
};

// What most descriptors have nothing of.
struct HandleExtras {
  std::vector<KeptPlace> kept;
  Outcome answer;                             // of the last control command
  std::optional<std::int64_t> text_base = 0;  // see event::Seek
  std::optional<Mark> broken;                 // it lost its lock, and has not locked again
  std::optional<Poller> poller;
  // Of the events: where the latest read began and ended; at first where it is to begin.
  std::vector<EventPlace> read;
  friend bool operator==(const HandleExtras&, const HandleExtras&) = default;
};

struct Handle {
  static constexpr std::size_t max_kept_places = 16;

  HandleId id = HandleId::none;
  FileKind kind = FileKind::lock;
  NodeId node = NodeId::none;
  Client client;
  OneOrMore<Lock*> names;  // the locks it can ask for, in the order of the expression
  NamedExpression* expression = nullptr;  // absent: a plain name
  OneOrMore<OwnerKey> owners;             // who holds or waits through it
  Seldom<HandleExtras> extras;

  void repair();  // it locks again
  void keep_place(const KeptPlace& place);
  // The place this very wait had, if it is one that comes again. What else the thread left is
  // dropped: it has gone on to something new.
  std::optional<Ticket> take_kept_place(pid_t thread, Via via, std::optional<Mode> mode);
};

class HandleTable {
 public:
  Handle& open(FileKind kind, NodeId node, const Client& client);
  // Opens under an id that was given out before.
  Handle& restore(HandleId id, FileKind kind, NodeId node, const Client& client);
  void close(const Handle& handle);
  Handle* find(HandleId id);
  const Handle* find(HandleId id) const;
  std::size_t size() const { return handles_.size(); }
  // Those that somebody polls, in the order in which they were opened.
  std::vector<HandleId> polled() const;
  const std::unordered_map<HandleId, Handle>& all() const { return handles_; }
  // How many descriptors this user has open.
  std::uint32_t opened_by(uid_t uid) const;

 private:
  friend class Restorer;  // snapshot_restore.cc
  friend class Saver;     // snapshot_save.cc

  std::unordered_map<HandleId, Handle> handles_;
  std::unordered_map<uid_t, std::uint32_t> per_user_;
  std::uint64_t next_ = 1;
};

}  // namespace lockfs
