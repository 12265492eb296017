// Why a lock was lost, from the events that the mount still has. Reads the mount; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace lockfs {

struct Loss {
  std::string user;    // who took it away
  std::string reason;  // empty: not said
};

// Of the grant with this token; nothing if the mount does not say.
std::optional<Loss> find_loss(const std::string& mount, std::uint64_t token);

}  // namespace lockfs
