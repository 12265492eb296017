// Those who lock through a socket door: by which name, from where, for how long at most.
//
// Each stands beside the handle through which its claim was made (FileKind::remote), one claim to a
// handle. Owned by the engine. Not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/types.h"

namespace lockfs {

struct RemoteParty {
  std::string user;  // as it calls itself: whoever says the same is the same owner
  std::string host;  // where it connected from; empty: this host
  // Its process and where that runs, as it says.
  std::string process_host;
  pid_t process = 0;
  bool autounlock = false;     // the lock is to be freed when that process dies
  std::int64_t connected = 0;  // nanoseconds since boot: the process was there then
  std::int64_t started = 0;    // when that process was started, by the same clock; 0: not known
  WallTime limit = 0;          // the longest hold; 0: none
  WallTime deadline = 0;       // once granted; 0: none
  friend bool operator==(const RemoteParty&, const RemoteParty&) = default;
};

class RemoteTable {
 public:
  RemoteParty& add(HandleId handle, RemoteParty party);
  void remove(HandleId handle);
  const RemoteParty* find(HandleId handle) const;
  RemoteParty* find(HandleId handle);
  const std::map<HandleId, RemoteParty>& parties() const { return parties_; }
  bool any_autounlock() const { return autounlocks_ > 0; }

  // This user has or awaits that lock by this handle, and by no other.
  void stand(NodeId lock, HandleId handle);
  void leave(NodeId lock, HandleId handle);
  HandleId of_user(NodeId lock, const std::string& user) const;

  void set_deadline(HandleId handle, WallTime deadline);
  std::optional<WallTime> next_deadline() const;
  // One whose time is over.
  HandleId expired(WallTime now) const;

 private:
  std::map<HandleId, RemoteParty> parties_;
  std::map<std::pair<NodeId, std::string>, HandleId> by_user_;
  std::set<std::pair<WallTime, HandleId>> deadlines_;
  std::size_t autounlocks_ = 0;
};

}  // namespace lockfs
