// The model's kin: flock(2) and fcntl(2) locks that never keep each other waiting (core/kin.h).
#include "tests/unit/engine/model.h"

namespace lockfs::model {
namespace {

constexpr std::uint64_t file_size = 16;

bool lived(const Asker& later, const Asker& earlier) {
  return later.started != 0 && later.started <= earlier.asked;
}

bool akin(const Claim& a, const Claim& b) {
  if (a.owner == b.owner) return true;
  if (b.owner.via == Via::flock) return a.owner.via == Via::fcntl && akin(b, a);
  if (a.owner.via != Via::flock || b.owner.via != Via::fcntl) return false;
  if (a.owner.node != b.owner.node) return false;
  if (b.uses(a.handles.front())) return true;
  return a.asker.process != 0 && a.asker.process == b.asker.process &&
         (lived(a.asker, b.asker) || lived(b.asker, a.asker));
}

}  // namespace

const Claim* Model::base_of(const Claim& claim) const {
  const Claim* by_handle = nullptr;
  const Claim* by_process = nullptr;
  for (const auto& other : claims_) {
    if (other.token == 0 || !akin(claim, other)) continue;
    if (other.owner == claim.owner) return &other;
    const bool same = other.uses(claim.handles.front());
    const Claim*& best = same ? by_handle : by_process;
    if (best == nullptr || other.ticket < best->ticket) best = &other;
  }
  return by_handle != nullptr ? by_handle : by_process;
}

// A conversion becomes part of the hold, and has its kin.
bool Model::akin_once_joined(const Claim& joiner, const Claim& other) const {
  const Claim* base = base_of(joiner);
  if (base == nullptr || base->owner != joiner.owner) return akin(joiner, other);
  Claim whole = *base;
  whole.handles.push_back(joiner.handles.front());
  return akin(whole, other);
}

bool Model::conflict(const Claim& joiner, Mode mode, const Claim& other, Mode other_mode) const {
  if (mode == Mode::shared && other_mode == Mode::shared) return false;
  return !akin_once_joined(joiner, other) && (other.token != 0 || !akin_once_joined(other, joiner));
}

// Who waits to join at this unit.
std::vector<std::pair<const Claim*, Mode>> Model::joiners(const Got& at) const {
  std::vector<std::pair<const Claim*, Mode>> result;
  for (const auto& claim : claims_) {
    if (claim.token != 0 || base_of(claim) == nullptr) continue;
    for (const auto& place : places_of(claim)) {
      if (place.lock == at.lock && place.unit == at.unit) result.emplace_back(&claim, place.mode);
    }
  }
  return result;
}

bool Model::may_join(const Claim& claim) const {
  const Claim& base = *base_of(claim);
  const bool converts = base.owner == claim.owner;
  if (converts && (claim.mode == Mode::shared || base.mode == Mode::exclusive)) return true;
  for (const auto& got : base.got) {
    const Mode mode = got.follows ? claim.mode : got.mode;
    for (const Claim* holder : holders(got.lock, got.unit)) {
      for (const auto& held : holder->got) {
        const bool here = held.lock == got.lock && held.unit == got.unit;
        if (here && conflict(claim, mode, *holder, held.mode)) return false;
      }
    }
    for (const auto& [other, theirs] : joiners(got)) {
      if (other->ticket < claim.ticket && conflict(*other, theirs, claim, mode) &&
          !conflict(*other, theirs, base, got.mode)) {
        return false;
      }
    }
  }
  return true;
}

bool Model::waits_in_a_circle(const Claim& claim) const {
  const Claim* base = base_of(claim);
  if (base == nullptr) return false;
  for (const auto& got : base->got) {
    const Mode mode = got.follows ? claim.mode : got.mode;
    for (const auto& [other, theirs] : joiners(got)) {
      if (!conflict(*other, theirs, *base, got.mode)) continue;
      for (const auto& held : base_of(*other)->got) {
        const bool here = held.lock == got.lock && held.unit == got.unit;
        if (here && conflict(claim, mode, *base_of(*other), held.mode)) return true;
      }
    }
  }
  return false;
}

// Whether somebody waits for this unit, or for more units of the lock than are free.
bool Model::is_wanted(const Claim& hold, const Got& got) const {
  const Lock& lock = locks_.at(got.lock);
  std::uint32_t free = 0;
  for (const auto& unit : lock.units) {
    const bool in_service = !unit.retired && !unit.offline && !unit.cleaning;
    if (unit.name == got.unit && !in_service) return false;
    free += in_service && holders(got.lock, unit.name).empty() ? 1 : 0;
  }
  const bool exclusive = held_mode(got.lock, got.unit) == Mode::exclusive;
  std::uint32_t demand = 0;
  bool sharers = false;
  for (const auto& claim : claims_) {
    if (claim.token != 0) continue;
    for (const auto& place : places_of(claim)) {
      if (place.lock != got.lock) continue;
      const bool conflicts = exclusive || place.mode == Mode::exclusive;
      if (place.unit == got.unit && conflicts && !akin(claim, hold)) return !lock.draining;
      if (place.unit) continue;
      demand += place.mode == Mode::exclusive ? place.count : 0;
      sharers = sharers || place.mode == Mode::shared;
    }
  }
  return !lock.draining && demand + (sharers && exclusive ? 1 : 0) > free;
}

PollState Model::poll_state(HandleId id) const {
  PollState state{false, handles_.at(id).broken.has_value()};
  for (const auto& claim : claims_) {
    if (claim.token == 0 || !claim.uses(id)) continue;
    for (const auto& got : claim.got) state.wanted = state.wanted || is_wanted(claim, got);
  }
  return state;
}

bool Model::are_akin(const Claim& a, const Claim& b) const { return akin(a, b); }

void Model::lock_bytes(Claim& hold, const Claim& with) {
  const std::uint64_t last = std::min(with.bytes.last, file_size - 1);
  for (std::uint64_t byte = with.bytes.first; byte <= last; ++byte) {
    hold.locked[byte] = {with.mode, with.handles.front()};
  }
}

void Model::extend(Claim& hold, RequestId id, const Claim& with) {
  lock_bytes(hold, with);
  handles_.at(with.handles.front()).broken.reset();
  if (!hold.uses(with.handles.front())) hold.handles.push_back(with.handles.front());
  narrow(hold);
  answer({.id = id, .token = hold.token});
}

void Model::close_ranges(Claim& hold, HandleId handle) {
  std::erase_if(hold.locked, [&](const auto& byte) { return byte.second.second == handle; });
  if (!hold.locked.empty()) {
    std::erase(hold.handles, handle);
    hold.client = handles_.at(hold.handles.front()).client;
  }
  narrow(hold);
}

// Held as the strongest of its bytes is.
void Model::narrow(Claim& hold) {
  if (hold.locked.empty()) return let_go(hold);
  const bool writes = std::any_of(hold.locked.begin(), hold.locked.end(), [](const auto& byte) {
    return byte.second.first == Mode::exclusive;
  });
  change_mode(hold, writes ? Mode::exclusive : Mode::shared);
}

}  // namespace lockfs::model
