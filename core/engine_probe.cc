// What fcntl(2)'s F_GETLK asks: would this be granted now, and if not, because of whom?
#include <algorithm>

#include "core/engine.h"
#include "core/kin.h"

namespace lockfs {
namespace {

// Finds the holder of a unit whom the request conflicts with, or any: the queue may be why.
class Finder {
 public:
  explicit Finder(const Claim& asking) : asking_(asking) {}

  void look_at(const Unit& unit, Mode mode) {
    for (const auto* holder = unit.holders.first(); holder != nullptr && !found_;
         holder = decltype(unit.holders)::after(*holder)) {
      if (akin(asking_, *holder->claim)) continue;
      if (any_ == nullptr) any_ = holder->claim;
      const bool both_share = mode == Mode::shared && holder->mode == Mode::shared;
      if (!both_share) found_ = holder->claim;
      if (both_share && unit.writers == 0) return;  // none of them does
    }
  }
  void look_at_waiter(const Claim* waiter) {
    if (any_ == nullptr) any_ = waiter;
  }
  const Claim* result() const { return found_ != nullptr ? found_ : any_; }

 private:
  const Claim& asking_;
  const Claim* found_ = nullptr;
  const Claim* any_ = nullptr;
};

}  // namespace

Reason Engine::probe(const event::Acquire& e, const Claim*& in_the_way) {
  const Handle* handle = handles_.find(e.handle);
  if (handle == nullptr || handle->kind != FileKind::lock || e.bytes.first > e.bytes.last) {
    return Reason::invalid;
  }
  const Claim* hold = claims_.hold_of(e.owner);
  if (hold != nullptr && (e.mode == Mode::shared || hold->mode == e.mode)) return Reason::none;
  const auto claim = make_claim(e, *handle, next_ticket_);
  const Reason reason = resolve(*handle, e.mode, handle->client.uid, claim->alternatives);
  if (reason != Reason::none) return reason;
  claim->base = base_of(*claim);
  if (choose(*claim, {})) return Reason::none;
  Finder finder(*claim);
  for (const auto& place : places_of(*claim)) {
    if (place.unit != nullptr) finder.look_at(*place.unit, place.mode);
    if (place.unit != nullptr) continue;
    for (const auto& unit : place.lock->pool.units()) finder.look_at(*unit, place.mode);
  }
  for (const auto& place : places_of(*claim)) finder.look_at_waiter(place.lock->next_waiter(0));
  in_the_way = finder.result();
  return Reason::would_block;
}

}  // namespace lockfs
