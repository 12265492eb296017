// The keeper's part of the socket doors: it holds every listener and connection that the worker
// has, and gives them to the next one.
//
// A socket is known by the kernel's cookie of it, the same in each process that has it open.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/types.h"
#include "fs/descriptor.h"
#include "fs/role.h"

namespace lockfs {

// None if it is no socket.
ConnectionId socket_id(int fd);

// The words of Message::drop, and what they say.
std::string drop_words(const std::vector<ConnectionId>& ids);
inline constexpr std::size_t max_dropped_at_once = 100;

class KeptSockets {
 public:
  // Those that came over the exec of a keeper that became a new one.
  static std::vector<Descriptor> inherited();

  void keep(std::vector<Descriptor> sockets);
  void drop(std::string_view words);
  // Gives all of them to a worker that is there to take them. May block, not for long.
  void give(const Descriptor& worker) const;
  // Before and, if it failed, after an exec.
  void survive_exec(bool survive) const;

 private:
  std::unordered_map<ConnectionId, Descriptor> sockets_;
};

}  // namespace lockfs
