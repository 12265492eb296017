#include "tests/unit/simulation/crash_simulation_kernel.h"

#include <algorithm>
#include <utility>

namespace lockfs::sim {

const OwnerKey* key_of(const Call& call) {
  if (const auto* acquire = std::get_if<event::Acquire>(&call)) return &acquire->owner;
  if (const auto* release = std::get_if<event::Release>(&call)) return &release->owner;
  if (const auto* flush = std::get_if<Flush>(&call)) return &flush->release.owner;
  if (const auto* write = std::get_if<Write>(&call)) return &write->owner;
  return nullptr;
}

RequestId Kernel::submit(pid_t caller, Call call) {
  last_id_ += 2;
  const RequestId id{last_id_};
  requests_.emplace(id, Request{id, std::move(call), caller});
  return id;
}

void Kernel::interrupt(RequestId id) {
  const auto found = requests_.find(id);
  if (found == requests_.end()) return;
  found->second.interrupted = true;
  if (found->second.was_read) interrupts_.push_back(id);
}

bool Kernel::withdraw(RequestId id, bool even_if_read) {
  const auto found = requests_.find(id);
  if (found == requests_.end() || (found->second.was_read && !even_if_read)) return false;
  requests_.erase(found);
  std::erase(interrupts_, id);
  return true;
}

// Interrupts first, then what is sent again, then what is new.
std::optional<Incoming> Kernel::read() {
  if (!interrupts_.empty()) {
    const RequestId id = interrupts_.front();
    interrupts_.erase(interrupts_.begin());
    return Incoming{id, std::nullopt, requests_.at(id).again};
  }
  std::vector<Request*> unread;
  for (auto& [id, request] : requests_) {
    if (!request.was_read) unread.push_back(&request);
  }
  if (unread.empty()) return std::nullopt;
  const auto fresh = std::stable_partition(unread.begin(), unread.end(),
                                           [](const Request* request) { return request->again; });
  const auto resent = static_cast<std::size_t>(fresh - unread.begin());
  Request& next = *unread[resent > 0 ? random_() % resent : 0];
  next.was_read = true;
  if (next.interrupted) interrupts_.push_back(next.id);
  return Incoming{next.id, next.call, next.again};
}

bool Kernel::reply(const Answer& answer) {
  const auto found = requests_.find(answer.id);
  if (found == requests_.end()) return false;
  const Request request = std::move(found->second);
  requests_.erase(found);
  std::erase(interrupts_, request.id);
  finished(request, answer);
  return true;
}

void Kernel::resend() {
  interrupts_.clear();
  for (auto& [id, request] : requests_) {
    if (!request.was_read) continue;
    request.was_read = false;
    request.again = true;
  }
}

bool Kernel::anything_to_read() const {
  return !interrupts_.empty() ||
         std::any_of(requests_.begin(), requests_.end(),
                     [](const auto& entry) { return !entry.second.was_read; });
}

}  // namespace lockfs::sim
