// Whether a snapshot can be one at all, by its values alone: what is in order is in order, what is
// there once is there once, and every number was given out before the next one.
#include <algorithm>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "core/note.h"
#include "core/snapshot.h"

namespace lockfs {
namespace {

// Numbers that only grow stay far from where they would begin anew.
constexpr std::uint64_t max_count = std::uint64_t{1} << 62U;
constexpr std::uint64_t max_node = std::uint64_t{1} << 36U;
constexpr Token max_token = Token{1} << 53U;

template <class T>
bool all_different(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  return std::adjacent_find(values.begin(), values.end()) == values.end();
}

template <class Range, class Project>
auto projected(const Range& range, Project project) {
  std::vector<decltype(project(*range.begin()))> values;
  values.reserve(range.size());
  for (const auto& element : range) values.push_back(project(element));
  return values;
}

// Each larger than the one before it.
template <class Range, class Project>
bool ascends(const Range& range, Project project) {
  return std::adjacent_find(range.begin(), range.end(), [&](const auto& a, const auto& b) {
           return !(project(a) < project(b));
         }) == range.end();
}

bool is_coherent(const Snapshot::Lock& lock) {
  const auto name = [](const auto& unit) { return std::string_view(unit.name); };
  return all_different(projected(lock.units, name)) && all_different(lock.free) &&
         all_different(lock.shared) && (lock.hooks.any() || lock.hooks == Hooks{});
}

bool are_nodes_coherent(const Snapshot& image) {
  const auto text = [](const auto& entry) { return std::string_view(entry.text); };
  std::vector<NodeId> nodes = projected(image.locks, [](const auto& lock) { return lock.node; });
  std::vector<std::string_view> names = projected(image.gone, text);
  for (const auto& lock : image.locks) names.emplace_back(lock.name);
  for (const auto* texts : {&image.gone, &image.expressions}) {
    for (const auto& entry : *texts) nodes.push_back(entry.node);
  }
  const bool given_out = std::all_of(nodes.begin(), nodes.end(), [&](NodeId node) {
    return node >= NodeId{LockTable::first_node} && node < NodeId{image.next_node};
  });
  return given_out && image.next_node <= max_node && all_different(nodes) && all_different(names) &&
         all_different(projected(image.expressions, text)) &&
         image.gone.size() <= LockTable::max_lingering &&
         ascends(image.locks, [](const auto& lock) { return lock.node; });
}

bool are_handles_coherent(const Snapshot& image) {
  const auto id = [](const auto& handle) { return handle.id; };
  const bool in_order = ascends(image.handles, id) && image.next_handle <= max_count;
  return in_order && std::all_of(image.handles.begin(), image.handles.end(), [&](auto& handle) {
           return handle.id != HandleId::none && handle.id < HandleId{image.next_handle} &&
                  handle.kept.size() <= Handle::max_kept_places;
         });
}

// Nobody has the same place as another, or will be given it.
bool are_tickets_coherent(const Snapshot& image) {
  std::vector<Ticket> tickets;
  for (const auto* claims : {&image.holds, &image.waits}) {
    for (const auto& claim : *claims) tickets.push_back(claim.ticket);
  }
  for (const auto& handle : image.handles) {
    for (const auto& place : handle.kept) tickets.push_back(place.ticket);
  }
  const bool given_out = std::all_of(tickets.begin(), tickets.end(),
                                     [&](Ticket ticket) { return ticket < image.next_ticket; });
  return given_out && image.next_ticket <= max_count && all_different(std::move(tickets)) &&
         ascends(image.waits, [](const auto& claim) { return claim.ticket; });
}

bool is_hold(const Snapshot::Claim& claim) {
  const auto unit = [](const auto& grant) { return std::tuple(grant.lock, grant.unit); };
  return claim.token != 0 && claim.alternatives.empty() && !claim.grants.empty() &&
         all_different(projected(claim.grants, unit)) && all_different(claim.others) &&
         std::find(claim.others.begin(), claim.others.end(), claim.handle) == claim.others.end() &&
         (claim.others.empty() || claim.owner.via == Via::fcntl) &&
         claim.note.size() <= max_note_bytes && claim.lineage.empty() && claim.deadlock == 0;
}

bool is_alternative(const std::vector<Snapshot::Want>& wants) {
  const bool sensible = std::all_of(wants.begin(), wants.end(), [](const auto& want) {
    return want.count > 0 && (!want.unit || want.count == 1);
  });
  return sensible && !wants.empty() &&
         all_different(projected(wants, [](const auto& want) { return want.lock; }));
}

bool is_wait(const Snapshot::Claim& claim) {
  const auto& alternatives = claim.alternatives;
  return claim.token == 0 && claim.request != RequestId::none && claim.grants.empty() &&
         claim.ranges.empty() && claim.others.empty() && claim.note.empty() &&
         claim.deadline == 0 && !claim.overdue && !alternatives.empty() &&
         claim.bytes.first <= claim.bytes.last && claim.lineage.size() <= Lineages::max_length &&
         std::all_of(alternatives.begin(), alternatives.end(), is_alternative);
}

bool are_claims_coherent(const Snapshot& image) {
  return std::all_of(image.holds.begin(), image.holds.end(), is_hold) &&
         std::all_of(image.waits.begin(), image.waits.end(), is_wait) &&
         ascends(image.holds, [](const auto& claim) { return claim.token; }) &&
         (image.holds.empty() || image.holds.back().token <= image.last_token) &&
         image.last_token <= max_token;
}

// Each deadlock goes by the ticket of its first waiter.
bool are_deadlocks_coherent(const Snapshot& image) {
  std::unordered_set<Ticket> begun;
  return std::all_of(image.waits.begin(), image.waits.end(), [&](const auto& wait) {
    if (wait.deadlock == wait.ticket) begun.insert(wait.ticket);
    return wait.deadlock == 0 || begun.contains(wait.deadlock);
  });
}

bool are_answers_coherent(const Snapshot& image) {
  const auto id = [](const Answer& answer) { return answer.id; };
  return ascends(image.kept_answers, id) &&
         ascends(image.lines_done, [](const auto& done) { return done.first; });
}

}  // namespace

bool Snapshot::is_coherent() const {
  return std::all_of(locks.begin(), locks.end(),
                     [](const Lock& lock) { return lockfs::is_coherent(lock); }) &&
         are_nodes_coherent(*this) && are_handles_coherent(*this) && are_tickets_coherent(*this) &&
         are_claims_coherent(*this) && expected_opens.size() <= Engine::max_expected_opens &&
         are_deadlocks_coherent(*this) && are_answers_coherent(*this);
}

}  // namespace lockfs
