// Every claim, by its owner, by the process that asked and, while it waits, by its request. Owns
// them.
// Counts waiters, altogether and by user. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/claim.h"

namespace lockfs {

// One owner has at most one hold, and as many waits as it has threads asking; of fcntl locks also
// while it holds.
struct OwnerClaims {
  std::unique_ptr<Claim> hold;
  OneOrMore<std::unique_ptr<Claim>> waiting;  // in the order of their tickets
};

class ClaimTable {
 public:
  // nullptr if this owner has none.
  const OwnerClaims* of(const OwnerKey& owner) const;
  Claim* hold_of(const OwnerKey& owner) const;
  Claim* waiter(RequestId request) const;
  // The earliest wait of this owner; nullptr if there is none.
  Claim* first_wait_of(const OwnerKey& owner) const;
  std::vector<Claim*> waits_of(const OwnerKey& owner) const;
  // What this process asked for at this file through this door, as far as it holds or waits still.
  std::vector<Claim*> of_process(Via via, NodeId node, pid_t process) const;
  // What these owners hold or await through this handle, in the order of the tickets.
  std::vector<Claim*> through(HandleId handle, std::span<const OwnerKey> owners) const;
  bool any_of(const OwnerKey& owner, HandleId handle) const;
  std::vector<Claim*> all_waits() const;
  std::vector<Claim*> all_holds() const;

  Claim& add_hold(std::unique_ptr<Claim> claim);
  Claim& add_waiter(std::unique_ptr<Claim> claim);
  // Takes a waiter or a hold out of the tables; the caller decides what becomes of it.
  std::unique_ptr<Claim> remove_waiter(Claim& claim);
  std::unique_ptr<Claim> remove_hold(const OwnerKey& owner);

  std::size_t waiters() const { return by_request_.size(); }
  std::size_t holds() const { return holds_; }
  // Nobody has or wants an fcntl lock: nobody has kin (kin.h).
  bool any_fcntl() const { return fcntl_ > 0; }
  std::uint32_t waiters_of(uid_t uid) const;

 private:
  friend class Saver;  // snapshot_save.cc

  using ProcessClaims = IntrusiveList<Claim, &Claim::of_process>;
  static OwnerKey process_of(const Claim& claim);
  void note(Claim& claim);
  void strike(Claim& claim);
  void list_by_process(Claim& claim) const;
  void list_all_by_process() const;

  std::unordered_map<OwnerKey, OwnerClaims, OwnerKeyHash> owners_;
  std::unordered_map<RequestId, Claim*> by_request_;
  std::unordered_map<uid_t, std::uint32_t> waiting_per_user_;
  // By door, file and process (as the key's id): from when it is first asked for on, which only
  // fcntl locks make anybody do.
  mutable std::unordered_map<OwnerKey, ProcessClaims, OwnerKeyHash> processes_;
  mutable bool lists_processes_ = false;
  std::size_t holds_ = 0;
  std::size_t fcntl_ = 0;
};

}  // namespace lockfs
