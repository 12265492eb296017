#include "core/remote_table.h"

namespace lockfs {

RemoteParty& RemoteTable::add(HandleId handle, RemoteParty party) {
  RemoteParty& added = parties_[handle] = std::move(party);
  autounlocks_ += added.autounlock ? 1 : 0;
  if (added.deadline != 0) deadlines_.emplace(added.deadline, handle);
  return added;
}

void RemoteTable::remove(HandleId handle) {
  const auto found = parties_.find(handle);
  if (found == parties_.end()) return;
  autounlocks_ -= found->second.autounlock ? 1 : 0;
  deadlines_.erase({found->second.deadline, handle});
  parties_.erase(found);
}

const RemoteParty* RemoteTable::find(HandleId handle) const {
  const auto found = parties_.find(handle);
  return found == parties_.end() ? nullptr : &found->second;
}

RemoteParty* RemoteTable::find(HandleId handle) {
  const auto found = parties_.find(handle);
  return found == parties_.end() ? nullptr : &found->second;
}

void RemoteTable::stand(NodeId lock, HandleId handle) {
  if (const RemoteParty* party = find(handle)) by_user_[{lock, party->user}] = handle;
}

void RemoteTable::leave(NodeId lock, HandleId handle) {
  const RemoteParty* party = find(handle);
  if (party == nullptr) return;
  const auto found = by_user_.find({lock, party->user});
  if (found != by_user_.end() && found->second == handle) by_user_.erase(found);
}

HandleId RemoteTable::of_user(NodeId lock, const std::string& user) const {
  const auto found = by_user_.find({lock, user});
  return found == by_user_.end() ? HandleId::none : found->second;
}

void RemoteTable::set_deadline(HandleId handle, WallTime deadline) {
  RemoteParty* party = find(handle);
  if (party == nullptr) return;
  deadlines_.erase({party->deadline, handle});
  party->deadline = deadline;
  if (deadline != 0) deadlines_.emplace(deadline, handle);
}

std::optional<WallTime> RemoteTable::next_deadline() const {
  return deadlines_.empty() ? std::nullopt : std::optional(deadlines_.begin()->first);
}

HandleId RemoteTable::expired(WallTime now) const {
  const bool any = !deadlines_.empty() && deadlines_.begin()->first <= now;
  return any ? deadlines_.begin()->second : HandleId::none;
}

}  // namespace lockfs
