#include "core/claim_table.h"

#include <algorithm>

namespace lockfs {
namespace {

bool by_ticket(const Claim* a, const Claim* b) { return a->ticket < b->ticket; }

}  // namespace

Claim* ClaimTable::hold_of(const OwnerKey& owner) const {
  const auto found = owners_.find(owner);
  return found == owners_.end() ? nullptr : found->second.hold.get();
}

Claim* ClaimTable::waiter(RequestId request) const {
  const auto found = by_request_.find(request);
  return found == by_request_.end() ? nullptr : found->second;
}

std::vector<Claim*> ClaimTable::waits_of(const OwnerKey& owner) const {
  std::vector<Claim*> waits;
  const auto found = owners_.find(owner);
  if (found == owners_.end()) return waits;
  for (const auto& claim : found->second.waiting) waits.push_back(claim.get());
  std::sort(waits.begin(), waits.end(), by_ticket);
  return waits;
}

std::vector<Claim*> ClaimTable::all_waits() const {
  std::vector<Claim*> waits;
  waits.reserve(by_request_.size());
  for (const auto& [request, claim] : by_request_) waits.push_back(claim);
  std::sort(waits.begin(), waits.end(), by_ticket);
  return waits;
}

Claim& ClaimTable::add_hold(std::unique_ptr<Claim> claim) {
  ++holds_;
  auto& hold = owners_[claim->owner].hold;
  hold = std::move(claim);
  return *hold;
}

Claim& ClaimTable::add_waiter(std::unique_ptr<Claim> claim) {
  by_request_.emplace(claim->request, claim.get());
  ++waiting_per_user_[claim->client.uid];
  auto& waiting = owners_[claim->owner].waiting;
  waiting.push_back(std::move(claim));
  return *waiting.back();
}

std::unique_ptr<Claim> ClaimTable::remove_waiter(Claim& claim) {
  by_request_.erase(claim.request);
  const auto user = waiting_per_user_.find(claim.client.uid);
  if (--user->second == 0) waiting_per_user_.erase(user);
  const auto owner = owners_.find(claim.owner);
  auto& waiting = owner->second.waiting;
  const auto at = std::find_if(waiting.begin(), waiting.end(),
                               [&](const auto& other) { return other.get() == &claim; });
  auto removed = std::move(*at);
  waiting.erase(at);
  if (waiting.empty() && !owner->second.hold) owners_.erase(owner);
  return removed;
}

std::unique_ptr<Claim> ClaimTable::remove_hold(const OwnerKey& key) {
  const auto owner = owners_.find(key);
  if (owner == owners_.end() || !owner->second.hold) return nullptr;
  --holds_;
  auto removed = std::move(owner->second.hold);
  if (owner->second.waiting.empty()) owners_.erase(owner);
  return removed;
}

std::uint32_t ClaimTable::waiters_of(uid_t uid) const {
  const auto user = waiting_per_user_.find(uid);
  return user == waiting_per_user_.end() ? 0 : user->second;
}

}  // namespace lockfs
