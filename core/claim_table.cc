#include "core/claim_table.h"

#include <algorithm>

namespace lockfs {
namespace {

bool before(const std::unique_ptr<Claim>& claim, Ticket ticket) { return claim->ticket < ticket; }

}  // namespace

const OwnerClaims* ClaimTable::of(const OwnerKey& owner) const {
  const auto found = owners_.find(owner);
  return found == owners_.end() ? nullptr : &found->second;
}

Claim* ClaimTable::hold_of(const OwnerKey& owner) const {
  const OwnerClaims* claims = of(owner);
  return claims == nullptr ? nullptr : claims->hold.get();
}

Claim* ClaimTable::waiter(RequestId request) const {
  const auto found = by_request_.find(request);
  return found == by_request_.end() ? nullptr : found->second;
}

Claim* ClaimTable::first_wait_of(const OwnerKey& owner) const {
  const OwnerClaims* claims = of(owner);
  return claims == nullptr || claims->waiting.empty() ? nullptr : claims->waiting.front().get();
}

std::vector<Claim*> ClaimTable::waits_of(const OwnerKey& owner) const {
  std::vector<Claim*> waits;
  const OwnerClaims* claims = of(owner);
  if (claims == nullptr) return waits;
  for (const auto& claim : claims->waiting) waits.push_back(claim.get());
  return waits;
}

OwnerKey ClaimTable::process_of(const Claim& claim) {
  return {claim.owner.via, claim.owner.node, static_cast<std::uint64_t>(claim.asker.process)};
}

void ClaimTable::note(Claim& claim) {
  if (claim.owner.via == Via::fcntl) ++fcntl_;
  if (lists_processes_) list_by_process(claim);
}

void ClaimTable::list_by_process(Claim& claim) const {
  if (claim.asker.process != 0) processes_[process_of(claim)].push_back(claim);
}

void ClaimTable::list_all_by_process() const {
  lists_processes_ = true;
  for (const auto& [key, owner] : owners_) {
    if (owner.hold) list_by_process(*owner.hold);
    for (const auto& claim : owner.waiting) list_by_process(*claim);
  }
}

void ClaimTable::strike(Claim& claim) {
  if (claim.owner.via == Via::fcntl) --fcntl_;
  if (!ProcessClaims::linked(claim)) return;
  const auto process = processes_.find(process_of(claim));
  process->second.remove(claim);
  if (process->second.empty()) processes_.erase(process);
}

std::vector<Claim*> ClaimTable::of_process(Via via, NodeId node, pid_t process) const {
  std::vector<Claim*> claims;
  if (!lists_processes_) list_all_by_process();
  const auto found = processes_.find({via, node, static_cast<std::uint64_t>(process)});
  if (process == 0 || found == processes_.end()) return claims;
  for (Claim* claim = found->second.first(); claim != nullptr;
       claim = ProcessClaims::after(*claim)) {
    claims.push_back(claim);
  }
  return claims;
}

std::vector<Claim*> ClaimTable::through(HandleId handle, std::span<const OwnerKey> owners) const {
  std::vector<Claim*> claims;
  const auto add = [&](const std::unique_ptr<Claim>& claim) {
    if (claim && claim->uses(handle)) claims.push_back(claim.get());
  };
  for (const auto& owner : owners) {
    const OwnerClaims* its = of(owner);
    if (its == nullptr) continue;
    add(its->hold);
    for (const auto& claim : its->waiting) add(claim);
  }
  std::sort(claims.begin(), claims.end(), by_ticket);
  return claims;
}

bool ClaimTable::any_of(const OwnerKey& owner, HandleId handle) const {
  const OwnerClaims* claims = of(owner);
  if (claims == nullptr) return false;
  const auto& [hold, waiting] = *claims;
  return (hold && hold->uses(handle)) ||
         std::any_of(waiting.begin(), waiting.end(),
                     [&](const auto& claim) { return claim->handle == handle; });
}

std::vector<Claim*> ClaimTable::all_waits() const {
  std::vector<Claim*> waits;
  waits.reserve(by_request_.size());
  for (const auto& [request, claim] : by_request_) waits.push_back(claim);
  std::sort(waits.begin(), waits.end(), by_ticket);
  return waits;
}

std::vector<Claim*> ClaimTable::all_holds() const {
  std::vector<Claim*> holds;
  holds.reserve(holds_);
  for (const auto& [key, owner] : owners_) {
    if (owner.hold) holds.push_back(owner.hold.get());
  }
  std::sort(holds.begin(), holds.end(), by_ticket);
  return holds;
}

Claim& ClaimTable::add_hold(std::unique_ptr<Claim> claim) {
  ++holds_;
  note(*claim);
  auto& hold = owners_[claim->owner].hold;
  hold = std::move(claim);
  return *hold;
}

Claim& ClaimTable::add_waiter(std::unique_ptr<Claim> claim) {
  note(*claim);
  by_request_.emplace(claim->request, claim.get());
  ++waiting_per_user_[claim->client.uid];
  auto& waiting = owners_[claim->owner].waiting;
  const auto at = std::lower_bound(waiting.begin(), waiting.end(), claim->ticket, before);
  Claim& added = *claim;
  waiting.insert(at, std::move(claim));
  return added;
}

std::unique_ptr<Claim> ClaimTable::remove_waiter(Claim& claim) {
  strike(claim);
  by_request_.erase(claim.request);
  const auto user = waiting_per_user_.find(claim.client.uid);
  if (--user->second == 0) waiting_per_user_.erase(user);
  const auto owner = owners_.find(claim.owner);
  auto& waiting = owner->second.waiting;
  const auto at =
      std::find_if(std::lower_bound(waiting.begin(), waiting.end(), claim.ticket, before),
                   waiting.end(), [&](const auto& other) { return other.get() == &claim; });
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
  strike(*removed);
  if (owner->second.waiting.empty()) owners_.erase(owner);
  return removed;
}

std::uint32_t ClaimTable::waiters_of(uid_t uid) const {
  const auto user = waiting_per_user_.find(uid);
  return user == waiting_per_user_.end() ? 0 : user->second;
}

}  // namespace lockfs
