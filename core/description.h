// The one description of the state, from which every view is rendered: tables, JSON, .mine.
//
// A value: taken on the loop's thread, filled in (user names, processes) and rendered on another.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/claim.h"
#include "core/engine.h"
#include "core/mark.h"
#include "core/policy.h"

namespace lockfs {

// Somebody who waits for a lock, in few words.
struct OtherWaiter {
  std::string lock;
  Via via = Via::flock;
  Client client;
  Asker asker;
  pid_t pid = 0;
};

// A holder or waiter.
struct ClaimView {
  Mode mode = Mode::exclusive;
  Via via = Via::flock;
  NodeId node = NodeId::none;  // of the file
  HandleId handle = HandleId::none;
  Client client;
  Asker asker;
  WallTime since = 0;
  Token token = 0;
  Ticket ticket = 0;
  std::string note;
  bool deadlocked = false;
  std::vector<OtherWaiter> deadlocked_with;  // not more than a few
  std::optional<RemoteParty> remote;         // who came through a socket door

  // Known outside only: whoever renders fills these in.
  uid_t uid = 0;
  std::string user;
  std::string host;  // empty: this one
  pid_t pid = 0;
  bool lives = false;      // this process was found
  bool inherited = false;  // and has the file from one that is gone
  std::string command;
};

// `user` is for whoever renders to fill in.
struct MarkView {
  Mark mark;
  std::string user = {};
};

// A lock's file that somebody has open.
struct OpenView {
  HandleId handle = HandleId::none;
  NodeId node = NodeId::none;
  FileKind kind = FileKind::lock;
  std::string name;
  Client client;
};

struct UnitView {
  std::string name;
  bool retired = false;
  WallTime since = 0;
  std::vector<ClaimView> holders;
  std::optional<MarkView> offline = {};
  bool cleaning = false;

  // Whether it is shown for itself, beside its holders and its mark.
  bool stands_alone() const { return holders.empty() && (!offline || cleaning); }
};

struct LockView {
  std::string name;
  LockKind kind = LockKind::dynamic;
  std::string description;
  bool retired = false;  // taken out of the configuration
  std::vector<UnitView> units;
  std::vector<ClaimView> waiters;  // in the order in which they will be served
  std::optional<MarkView> draining = {};
};

struct Description {
  std::vector<LockView> locks;
};

// Of every lock, in the order of the configuration; dynamic ones follow as they were made.
Description describe(const Engine& engine);
LockView describe(const Lock& lock);
ClaimView describe(const Claim& claim, Mode mode);
// Who has these files open, in the order in which they were opened. O(all that is open).
std::vector<OpenView> describe_opens(const Engine& engine, const std::set<NodeId>& nodes);

// Calls visit(claim) for everybody in the description.
template <class Described, class Visit>
void for_each_claim(Described& description, Visit visit) {
  for (auto& lock : description.locks) {
    for (auto& unit : lock.units) {
      for (auto& holder : unit.holders) visit(holder);
    }
    for (auto& waiter : lock.waiters) visit(waiter);
  }
}

// Calls visit(MarkView&) for every mark in the description.
template <class Visit>
void for_each_mark(Description& description, Visit visit) {
  for (auto& lock : description.locks) {
    if (lock.draining) visit(*lock.draining);
    for (auto& unit : lock.units) {
      if (unit.offline) visit(*unit.offline);
    }
  }
}

}  // namespace lockfs
