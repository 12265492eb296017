// A claim: what one owner asks of the locks, from the request through the grant to the release.
//
// While it waits it stands in the line of every lock it names and holds nothing; once granted it
// holds one unit or more, all got in the same step. Claims belong to the engine's ClaimTable and
// never move, so locks, lines and units may point at them.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/fixed_array.h"
#include "core/intrusive_list.h"
#include "core/one_or_more.h"
#include "core/ranges.h"
#include "core/seldom.h"
#include "core/types.h"

namespace lockfs {

struct Lock;
struct Unit;
struct Claim;
struct Deadlock;
struct Relative;
struct RemoteParty;

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

// The process that asks, as the kernel numbers it: its id, and the moment it asked, in nanoseconds
// since boot. `started` is known only where it matters (kin.h): when it was started, by the same
// clock; 0 if nobody looked.
struct Asker {
  pid_t process = 0;
  std::int64_t asked = 0;
  std::int64_t started = 0;
  friend bool operator==(const Asker&, const Asker&) = default;
};

// Whose lock it is. flock(2): the open file description (`id` is its handle). fcntl(2): the process
// or, for F_OFD_SETLK, the open file description, as the kernel names it (the two look alike).
// Locks through different doors, or of different files, are different locks even of one process;
// whether they keep each other waiting says kin.h.
struct OwnerKey {
  Via via = Via::flock;
  NodeId node = NodeId::none;
  std::uint64_t id = 0;

  bool none() const { return via == Via::flock && node == NodeId::none; }
  friend bool operator==(const OwnerKey&, const OwnerKey&) = default;
};

struct OwnerKeyHash {
  // So quick that a table need not keep it.
  std::size_t operator()(const OwnerKey& key) const noexcept {
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

  bool none() const { return lock == nullptr; }
  friend bool operator==(const Want&, const Want&) = default;
};

using Alternative = OneOrMore<Want>;
using Alternatives = OneOrMore<Alternative>;

// One unit held by one claim.
struct Grant {
  Lock* lock = nullptr;
  Unit* unit = nullptr;
  Claim* claim = nullptr;
  Mode mode = Mode::exclusive;
  bool follows = true;
  ListLinks<Grant> among_holders;
};

// What only fcntl(2) locks have.
struct FcntlClaim {
  ByteRange bytes;               // waited for
  Ranges ranges;                 // held
  std::vector<HandleId> others;  // descriptors through which it was locked, beside the claim's
  friend bool operator==(const FcntlClaim&, const FcntlClaim&) = default;
};

// What few claims have.
struct ClaimExtras {
  const RemoteParty* party = nullptr;  // who came through a socket door (remote_table.h)
  const Deadlock* deadlock = nullptr;  // which it is part of (wait_graph.h)
  std::string note;                    // a holder's; empty: none
  friend bool operator==(const ClaimExtras&, const ClaimExtras&) = default;
};

struct Claim {
  Ticket ticket = 0;
  OwnerKey owner;
  HandleId handle = HandleId::none;
  Client client;
  Asker asker;
  Mode mode = Mode::exclusive;
  bool overdue = false;  // it was told that it has lasted too long
  bool waits = false;    // it stands in line, or did until it was granted just now
  pid_t thread = 0;      // that asked
  WallTime since = 0;    // of the wait, then of the grant
  Seldom<FcntlClaim> fcntl;
  Seldom<ClaimExtras> extras;

  // While it waits.
  RequestId request = RequestId::none;
  Alternatives alternatives;
  std::unique_ptr<const std::vector<Want>> other_places;  // than the only one it wants
  const Claim* base = nullptr;   // its kin's hold, whose units it waits for (kin.h)
  Relative* descends = nullptr;  // lineages.h; nullptr while that is not known

  // Once granted.
  Token token = 0;
  FixedArray<Grant> grants;
  WallTime deadline = 0;  // when it will next have lasted too long for a lock of it; 0: never

  ListLinks<Claim> of_process;

  // Whether it wants one lock and no other.
  bool wants_one() const { return alternatives.size() == 1 && alternatives.front().size() == 1; }
  // Where it stands in line: at a lock, at each unit of it that it picked.
  std::span<const Want> places() const {
    if (other_places) return *other_places;
    return {alternatives.front().data(), waits ? std::size_t{1} : 0};
  }
  // Whether it stands in line at several places, or may.
  bool is_wide() const { return places().size() > 1 || base != nullptr; }
  bool uses(HandleId descriptor) const {
    return handle == descriptor ||
           std::ranges::find(fcntl->others, descriptor) != fcntl->others.end();
  }
};

// First come, first served.
inline bool by_ticket(const Claim* a, const Claim* b) { return a->ticket < b->ticket; }

}  // namespace lockfs
