// The engine's whole state as a value: what a journal begins with, so that it need not go back to
// the first event. restore(save(engine)) behaves as `engine` does, event for event.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/engine.h"

namespace lockfs {

struct Snapshot {
  struct Unit {
    std::string name;
    Mode mode = Mode::exclusive;
    bool retired = false;
    WallTime since = 0;
    std::optional<Mark> offline = {};
    bool cleaning = false;
  };
  struct Lock {
    NodeId node = NodeId::none;
    LockKind kind = LockKind::dynamic;
    std::string name;
    std::string description;
    Access access;
    gid_t group = 0;
    bool configured = false;
    bool lasting = false;
    uid_t creator = 0;
    WallTime last_grant = 0;
    std::vector<Unit> units;
    std::vector<std::uint32_t> free;    // in the order in which they will be given
    std::vector<std::uint32_t> shared;  // in the order in which they will be joined
    std::optional<Mark> draining = {};
    bool fail_at_deadlock = false;
    bool reentrant = false;
    WallTime max_hold = 0;
    OnExpiry on_expiry = OnExpiry::warn;
    Hooks hooks = {};
  };
  struct NodeText {
    NodeId node = NodeId::none;
    std::string text;
  };
  struct Handle {
    HandleId id = HandleId::none;
    FileKind kind = FileKind::lock;
    NodeId node = NodeId::none;
    Client client;
    std::vector<NodeId> names;
    std::vector<OwnerKey> owners;
    std::vector<KeptPlace> kept;
    Outcome answer;
    std::optional<std::int64_t> text_base;
    std::optional<Mark> broken = {};
    std::optional<Poller> poller = {};
    std::vector<EventPlace> read = {};
  };
  struct Want {
    NodeId lock = NodeId::none;
    std::optional<std::uint32_t> unit;
    std::uint32_t count = 1;
    Mode mode = Mode::exclusive;
    bool follows = true;
  };
  struct Grant {
    NodeId lock = NodeId::none;
    std::uint32_t unit = 0;
    Mode mode = Mode::exclusive;
    bool follows = true;
  };
  struct Claim {
    Ticket ticket = 0;
    OwnerKey owner;
    HandleId handle = HandleId::none;
    Client client;
    Asker asker;
    Mode mode = Mode::exclusive;
    WallTime since = 0;
    RequestId request = RequestId::none;
    pid_t thread = 0;
    ByteRange bytes;
    Token token = 0;
    std::vector<std::vector<Want>> alternatives;  // of a waiter
    std::vector<Grant> grants;                    // of a holder
    std::vector<LockedRange> ranges;
    std::vector<HandleId> others;
    std::string note;
    std::vector<Forebear> lineage;  // of a waiter
    Ticket deadlock = 0;            // of the first one who is part of the same; 0: of none
    WallTime deadline = 0;          // of a holder
    bool overdue = false;
  };

  struct ExpectedOpen {
    pid_t thread = 0;
    NodeId node = NodeId::none;
  };
  struct Remote {
    HandleId handle = HandleId::none;
    RemoteParty party;
  };

  std::vector<Lock> locks;
  std::vector<NodeText> gone;         // lingering names, latest first
  std::vector<NodeText> expressions;  // latest first
  std::uint64_t next_node = 0;
  std::vector<Handle> handles;
  std::uint64_t next_handle = 0;
  std::vector<Claim> holds;  // in the order of their tokens
  std::vector<Claim> waits;  // in the order of their tickets
  Access create;
  Access admins;
  Limits limits;
  std::vector<Answer> kept_answers;
  Answer last_sent;
  std::vector<std::pair<RequestId, std::uint32_t>> lines_done;
  Outcome last_command;
  Ticket next_ticket = 0;
  Token last_token = 0;
  std::uint64_t last_position = 0;
  Tally tally;
  bool stopping = false;
  std::vector<ExpectedOpen> expected_opens;  // the earliest first
  WallTime started = 0;
  Doors doors;
  HookRules hook_rules;
  std::vector<Remote> remotes;          // in the order of their handles
  std::vector<Connection> connections;  // in the order of their ids

  static Snapshot save(const Engine& engine);
  // Nothing if the parts do not fit together: then the bytes it came from were no snapshot.
  std::unique_ptr<Engine> restore() const;
  // A second engine, of some locks only and those who hold or wait there: as if there were nothing
  // else.
  static std::unique_ptr<Engine> copy_part(const Engine& engine,
                                           const std::vector<const lockfs::Lock*>& locks);

 private:
  static Snapshot save_part(const Engine& engine, const std::vector<const lockfs::Lock*>& locks);
  bool is_coherent() const;
};

}  // namespace lockfs
