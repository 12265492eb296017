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

namespace lockfs {

// The place of a wait that a signal broke: whoever restarts it gets it back.
struct KeptPlace {
  pid_t thread = 0;
  Via via = Via::flock;
  Mode mode = Mode::exclusive;
  Ticket ticket = 0;
};

struct Handle {
  static constexpr std::size_t max_kept_places = 16;

  HandleId id = HandleId::none;
  FileKind kind = FileKind::lock;
  NodeId node = NodeId::none;
  Client client;
  std::vector<Lock*> names;  // the locks it can ask for, in the order of the expression
  NamedExpression* expression = nullptr;  // absent: a plain name
  std::vector<OwnerKey> owners;           // who holds or waits through it
  std::vector<KeptPlace> kept;
  Outcome answer;                             // of the last control command
  std::optional<std::int64_t> text_base = 0;  // see event::Seek

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
  // How many descriptors this user has open.
  std::uint32_t opened_by(uid_t uid) const;

 private:
  friend class Restorer;  // snapshot.cc
  friend class Saver;

  std::unordered_map<HandleId, Handle> handles_;
  std::unordered_map<uid_t, std::uint32_t> per_user_;
  std::uint64_t next_ = 1;
};

}  // namespace lockfs
