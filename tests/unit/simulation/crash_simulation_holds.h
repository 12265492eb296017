// What is held in an engine, as the simulated clients remember it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/engine.h"

namespace lockfs::sim {

// What an owner holds, and the descriptors and the process that its kin are known by.
struct Hold {
  OwnerKey owner;
  Token token = 0;
  Mode mode = Mode::exclusive;
  std::vector<std::tuple<NodeId, std::string, Mode>> units;
  std::vector<LockedRange> ranges;
  std::string note;  // flock: others may write to an fcntl lock's descriptor too
  std::set<HandleId> handles;
  pid_t process = 0;
  friend bool operator==(const Hold&, const Hold&) = default;
};

using OwnerId = std::tuple<Via, NodeId, std::uint64_t>;

OwnerId id_of(const OwnerKey& owner);

// Everything that is held, by owner.
std::map<OwnerId, Hold> holds_of(const Engine& engine);
std::optional<Hold> hold_of(const Engine& engine, const OwnerKey& owner);

bool akin(const Hold& a, const Hold& b);
bool excludes(const Hold& a, const Hold& b);

// Complains of a set of which only a part is held.
void check_wholeness(const Engine& engine);

}  // namespace lockfs::sim
