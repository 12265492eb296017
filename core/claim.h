// A claim: what one owner asks of the locks, from the request through the grant to the release.
//
// While it waits it stands in the line of every lock it names and holds nothing; once granted it
// holds one unit or more, all got in the same step. Claims belong to the engine's ClaimTable and
// never move, so locks, lines and units may point at them.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/intrusive_list.h"
#include "core/types.h"

namespace lockfs {

struct Lock;
struct Unit;
struct Claim;

// Who opened the descriptor through which somebody asks. `thread` is the kernel's id of the opening
// thread; what process that is is found out when somebody wants to see it. One that started after
// `opened` (nanoseconds since boot, which no change of the clock moves) is another with the same
// id.
struct Client {
  uid_t uid = 0;
  pid_t thread = 0;
  std::int64_t opened = 0;
  friend bool operator==(const Client&, const Client&) = default;
};

// Whose lock it is. flock(2): the open file description (`id` is its handle). Locks through
// different doors, or of different files, are different locks even of one process.
struct OwnerKey {
  Via via = Via::flock;
  NodeId node = NodeId::none;
  std::uint64_t id = 0;
  friend bool operator==(const OwnerKey&, const OwnerKey&) = default;
};

struct OwnerKeyHash {
  std::size_t operator()(const OwnerKey& key) const {
    const auto mixed = (static_cast<std::uint64_t>(key.node) * 0x9e3779b97f4a7c15U) ^ key.id;
    return std::hash<std::uint64_t>{}(mixed * 8 + static_cast<std::uint64_t>(key.via));
  }
};

// What a claim wants of one lock: any `count` units, or exactly `unit`.
struct Want {
  Lock* lock = nullptr;
  Unit* unit = nullptr;
  std::uint32_t count = 1;
  Mode mode = Mode::exclusive;
  bool follows = true;  // the mode is the request's own, not one written in the expression
};

using Alternative = std::vector<Want>;

// One unit held by one claim.
struct Grant {
  Lock* lock = nullptr;
  Unit* unit = nullptr;
  Claim* claim = nullptr;
  bool follows = true;
  ListLinks<Grant> among_holders;
};

struct Claim {
  Ticket ticket = 0;
  OwnerKey owner;
  HandleId handle = HandleId::none;
  Client client;
  Mode mode = Mode::exclusive;
  WallTime since = 0;  // of the wait, then of the grant

  // While it waits.
  RequestId request = RequestId::none;
  pid_t thread = 0;
  std::vector<Alternative> alternatives;
  std::vector<Want>
      places;  // where it stands in line: at a lock, at each unit of it that it picked

  // Once granted.
  Token token = 0;
  std::vector<Grant> grants;
};

}  // namespace lockfs
