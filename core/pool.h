// The units of one lock: which are free, who holds the others. A plain lock is a pool of one.
//
// Of the free units the one released longest ago stands first. A unit taken out of the
// configuration is `retired`: it stays until its last holder and its last picker are gone, and is
// never free; nor is one that is marked offline or being cleaned. Pointers to units are stable. Not
// thread-safe; the engine's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/claim.h"
#include "core/line.h"
#include "core/mark.h"

namespace lockfs {

struct Unit {
  std::string name;
  Mode mode = Mode::exclusive;  // the strongest of its holders'
  bool retired = false;
  bool cleaning = false;        // what is run when it was let go has not ended yet (hook.h)
  std::optional<Mark> offline;  // nobody new gets it
  WallTime since = 0;           // it became free, or held, or its mode changed
  IntrusiveList<Grant, &Grant::among_holders> holders;
  std::uint32_t writers = 0;  // exclusive holders; more than one only among kin
  Line pickers;               // those who wait for exactly this unit
  std::uint32_t joiners = 0;  // those among them whose kin holds it (kin.h)
  ListLinks<Unit> among_free;

  bool held() const { return !holders.empty(); }
  bool in_service() const { return !retired && !offline && !cleaning; }
};

class Pool {
 public:
  // Makes the units these, by name: new ones are free, missing ones retire, returning ones come
  // back.
  void reshape(const std::vector<std::string>& names, WallTime now);

  // Whether the grant's holder may have the unit is for the caller to know (fit.h, kin.h).
  void take(Grant& grant, WallTime now);
  void drop(Grant& grant, WallTime now);
  // Changes the mode of a grant, whose holder becomes the last of the unit's.
  void convert(Grant& grant, Mode mode, WallTime now);
  // Marks a unit offline, or takes the mark away.
  void mark(Unit& unit, std::optional<Mark> offline);
  // Of a unit that nobody holds. When that is over it is as one just released.
  void set_cleaning(Unit& unit, bool cleaning, WallTime now);
  // Forgets retired units that nobody holds or picks any more.
  void discard_unused();

  const std::vector<std::unique_ptr<Unit>>& units() const { return units_; }
  Unit* find(std::string_view name) const;
  // How many a request can hope for: all that are not retired; those offline may come back.
  std::uint32_t usable() const { return usable_; }
  bool any_retired() const { return usable_ < units_.size(); }
  std::uint32_t free_count() const { return free_count_; }
  Unit* first_free() const { return free_.first(); }
  static Unit* next_free(const Unit& unit) { return decltype(free_)::after(unit); }
  static bool is_free(const Unit& unit) { return decltype(free_)::linked(unit); }
  // The units held by sharers that others may join.
  const std::vector<Unit*>& shared() const { return shared_; }

 private:
  friend class Restorer;  // snapshot_restore.cc

  void set_free(Unit& unit);
  void unset_free(Unit& unit);
  void withdraw(Unit& unit);
  void readmit(Unit& unit);
  void change_service(Unit& unit, bool before);
  void retire(Unit& unit);
  void bring_back(Unit& unit);
  void review(Unit& unit, bool was_held, WallTime now);

  std::vector<std::unique_ptr<Unit>> units_;
  IntrusiveList<Unit, &Unit::among_free> free_;
  std::vector<Unit*> shared_;
  std::uint32_t free_count_ = 0;
  std::uint32_t usable_ = 0;
};

}  // namespace lockfs
