#include "core/handle_table.h"

#include <algorithm>

namespace lockfs {

void Handle::repair() {
  if (extras->broken) extras.edit().broken.reset();
}

void Handle::keep_place(const KeptPlace& place) {
  auto& kept = extras.edit().kept;
  if (kept.size() == max_kept_places) kept.erase(kept.begin());
  kept.push_back(place);
}

std::optional<Ticket> Handle::take_kept_place(pid_t thread, Via via, std::optional<Mode> mode) {
  std::optional<Ticket> ticket;
  if (extras->kept.empty()) return ticket;
  std::erase_if(extras.edit().kept, [&](const KeptPlace& place) {
    if (place.thread != thread || place.via != via) return false;
    if (place.mode == mode) ticket = place.ticket;
    return true;
  });
  return ticket;
}

Handle& HandleTable::open(FileKind kind, NodeId node, const Client& client) {
  return restore(HandleId{next_++}, kind, node, client);
}

Handle& HandleTable::restore(HandleId id, FileKind kind, NodeId node, const Client& client) {
  Handle& handle = handles_[id];
  handle.id = id;
  handle.kind = kind;
  handle.node = node;
  handle.client = client;
  ++per_user_[client.uid];
  return handle;
}

void HandleTable::close(const Handle& handle) {
  const auto user = per_user_.find(handle.client.uid);
  if (--user->second == 0) per_user_.erase(user);
  handles_.erase(handle.id);
}

Handle* HandleTable::find(HandleId id) {
  const auto found = handles_.find(id);
  return found == handles_.end() ? nullptr : &found->second;
}

const Handle* HandleTable::find(HandleId id) const {
  const auto found = handles_.find(id);
  return found == handles_.end() ? nullptr : &found->second;
}

std::vector<HandleId> HandleTable::polled() const {
  std::vector<HandleId> ids;
  for (const auto& [id, handle] : handles_) {
    if (handle.extras->poller) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::uint32_t HandleTable::opened_by(uid_t uid) const {
  const auto user = per_user_.find(uid);
  return user == per_user_.end() ? 0 : user->second;
}

}  // namespace lockfs
