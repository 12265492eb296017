// The model's rule of the queue: every earlier waiter sets aside what it wants, unit by unit, and a
// request is served from the rest.
#include <algorithm>

#include "tests/unit/engine/model.h"

namespace lockfs::model {

Unit* Model::find_unit(const std::string& lock, const std::string& name) {
  for (auto& unit : locks_[lock].units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

// In the order of their grants.
std::vector<const Claim*> Model::holders(const std::string& lock, const std::string& unit) const {
  std::vector<const Claim*> result;
  for (const auto& claim : claims_) {
    for (const auto& got : claim.got) {
      if (got.lock == lock && got.unit == unit) result.push_back(&claim);
    }
  }
  std::sort(result.begin(), result.end(),
            [](const Claim* a, const Claim* b) { return a->token < b->token; });
  return result;
}

Mode Model::held_mode(const std::string& lock, const std::string& unit) const {
  for (const Claim* holder : holders(lock, unit)) {
    for (const auto& got : holder->got) {
      if (got.lock == lock && got.unit == unit && got.mode == Mode::exclusive) return got.mode;
    }
  }
  return Mode::shared;
}

// What a waiter wants of each lock, or of each unit it picked, whichever alternative it will get.
std::vector<Want> Model::places_of(const Claim& claim) const {
  std::vector<Want> places;
  if (const Claim* base = base_of(claim)) {
    for (const auto& got : base->got) {
      const Mode mode = got.follows ? claim.mode : got.mode;
      places.push_back({got.lock, got.unit, 1, mode, got.follows});
    }
    return places;
  }
  for (const auto& wants : wants_of(claim)) {
    for (const auto& want : wants) {
      const auto same = std::find_if(places.begin(), places.end(), [&](const Want& place) {
        return place.lock == want.lock && place.unit == want.unit;
      });
      if (same == places.end()) {
        places.push_back(want);
        continue;
      }
      same->count = std::max(same->count, want.count);
      if (want.mode == Mode::exclusive) same->mode = Mode::exclusive;
    }
  }
  return places;
}

// The units to give for this want to a request with this ticket, or nothing if it must wait.
std::optional<std::vector<std::string>> Model::fit(const Want& want, Ticket ticket,
                                                   const std::vector<Got>& preferred) const {
  if (locks_.at(want.lock).draining) return std::nullopt;
  std::vector<Want> earlier;
  for (const auto& claim : claims_) {
    if (claim.token != 0 || claim.ticket >= ticket) continue;
    for (const auto& place : places_of(claim)) {
      if (place.lock == want.lock) earlier.push_back(place);
    }
  }

  // Which units are there: some that sharers have and another may join, some that only sharers
  // before us picked, and the plain ones.
  std::vector<Unit> joinable;
  std::vector<Unit> for_sharers;
  std::vector<Unit> plain;
  for (const auto& unit : locks_.at(want.lock).units) {
    bool picked_by_writer = false;
    bool picked_by_sharer = false;
    for (const auto& place : earlier) {
      if (place.unit != unit.name) continue;
      (place.mode == Mode::exclusive ? picked_by_writer : picked_by_sharer) = true;
    }
    if (unit.retired || unit.offline || unit.cleaning || picked_by_writer) continue;
    if (!holders(want.lock, unit.name).empty()) {
      if (held_mode(want.lock, unit.name) == Mode::shared) joinable.push_back(unit);
    } else {
      (picked_by_sharer ? for_sharers : plain).push_back(unit);
    }
  }
  const auto by_freed = [](const Unit& a, const Unit& b) { return a.freed < b.freed; };
  std::sort(joinable.begin(), joinable.end(),
            [](const Unit& a, const Unit& b) { return a.shared < b.shared; });
  std::sort(for_sharers.begin(), for_sharers.end(), by_freed);
  std::sort(plain.begin(), plain.end(), by_freed);

  // The earlier waiters for any unit set theirs aside: writers each their own, sharers in common.
  std::size_t left = plain.size();
  std::size_t common = 0;
  bool writers = false;
  bool short_of_units = false;
  for (const auto& place : earlier) {
    if (place.unit || place.mode != Mode::exclusive) continue;
    writers = true;
    for (std::uint32_t i = 0; i < place.count; ++i) {
      if (left == 0) {
        short_of_units = true;
      } else {
        --left;
      }
    }
  }
  for (const auto& place : earlier) {
    if (place.unit || place.mode != Mode::shared) continue;
    while (joinable.size() + for_sharers.size() + common < place.count) {
      if (left == 0) {
        short_of_units = true;
        break;
      }
      --left;
      ++common;
    }
  }

  // Sharers use what sharers have; they pass nobody but a writer.
  const bool shared = want.mode == Mode::shared;
  if (short_of_units && (!shared || writers)) return std::nullopt;
  std::size_t available = left;
  if (shared) available = writers ? left + common : plain.size();

  std::vector<std::string> units;
  const auto is = [](const std::vector<Unit>& kind, const std::string& name) {
    return std::any_of(kind.begin(), kind.end(),
                       [&](const Unit& unit) { return unit.name == name; });
  };
  if (want.unit) {
    const bool joined = shared && (is(joinable, *want.unit) || is(for_sharers, *want.unit));
    if (joined || (is(plain, *want.unit) && available > 0)) return std::vector{*want.unit};
    return std::nullopt;
  }
  if (shared) {
    for (const auto& unit : joinable) units.push_back(unit.name);
    for (const auto& unit : for_sharers) units.push_back(unit.name);
    units.resize(std::min<std::size_t>(units.size(), want.count));
  }
  if (units.size() + available < want.count) return std::nullopt;
  const auto add = [&](const std::string& name) {
    if (units.size() < want.count && std::find(units.begin(), units.end(), name) == units.end()) {
      units.push_back(name);
    }
  };
  for (const auto& got : preferred) {
    if (got.lock == want.lock && is(plain, got.unit)) add(got.unit);
  }
  for (const auto& unit : plain) add(unit.name);
  return units;
}

}  // namespace lockfs::model
