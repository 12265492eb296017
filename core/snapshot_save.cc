// Engine to snapshot.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "core/snapshot.h"

namespace lockfs {
namespace {

// Which unit of its lock each is.
using UnitNumbers = std::unordered_map<const Unit*, std::uint32_t>;

Snapshot::Lock save_lock(const Lock& lock, UnitNumbers& numbers) {
  Snapshot::Lock image{lock.node,
                       lock.kind,
                       lock.name,
                       lock.description,
                       lock.access,
                       lock.group,
                       lock.configured,
                       lock.lasting,
                       lock.creator,
                       lock.last_grant,
                       {},
                       {},
                       {},
                       copy_of(lock.draining),
                       lock.fail_at_deadlock,
                       lock.reentrant,
                       lock.max_hold,
                       lock.on_expiry,
                       lock.hooks ? *lock.hooks : Hooks{}};
  for (const auto& unit : lock.pool.units()) {
    numbers.emplace(unit.get(), static_cast<std::uint32_t>(image.units.size()));
    image.units.push_back(
        {unit->name, unit->mode, unit->retired, unit->since, unit->offline, unit->cleaning});
  }
  for (const Unit* unit = lock.pool.first_free(); unit != nullptr; unit = Pool::next_free(*unit)) {
    image.free.push_back(numbers.at(unit));
  }
  for (const Unit* unit : lock.pool.shared()) image.shared.push_back(numbers.at(unit));
  return image;
}

Snapshot::Handle save_handle(const Handle& handle) {
  const HandleExtras& extras = *handle.extras;
  Snapshot::Handle image{
      handle.id,     handle.kind,      handle.node,   handle.client, {},         {}, extras.kept,
      extras.answer, extras.text_base, extras.broken, extras.poller, extras.read};
  image.owners.assign(handle.owners.begin(), handle.owners.end());
  for (const Lock* lock : handle.names) image.names.push_back(lock->node);
  return image;
}

Snapshot::Claim save_claim(const Claim& claim, const UnitNumbers& numbers) {
  Snapshot::Claim image{claim.ticket,
                        claim.owner,
                        claim.handle,
                        claim.client,
                        claim.asker,
                        claim.mode,
                        claim.since,
                        claim.request,
                        claim.thread,
                        claim.fcntl->bytes,
                        claim.token,
                        {},
                        {},
                        claim.fcntl->ranges.list(),
                        claim.fcntl->others,
                        claim.extras->note,
                        {},
                        0};
  image.deadline = claim.deadline;
  image.overdue = claim.overdue;
  for (const auto& alternative : claim.alternatives) {
    auto& wants = image.alternatives.emplace_back();
    for (const auto& want : alternative) {
      const auto unit = want.unit == nullptr ? std::nullopt : std::optional(numbers.at(want.unit));
      wants.push_back({want.lock->node, unit, want.count, want.mode, want.follows});
    }
  }
  for (const auto& grant : claim.grants) {
    const auto number = numbers.find(grant.unit);
    if (number == numbers.end()) continue;  // it stands in another part
    image.grants.push_back({grant.lock->node, number->second, grant.mode, grant.follows});
  }
  const Deadlock* deadlock = claim.extras->deadlock;
  if (deadlock != nullptr) image.deadlock = deadlock->waits.front()->ticket;
  return image;
}

template <class Entries, class Project>
void sort_by(Entries& entries, Project project) {
  std::sort(entries.begin(), entries.end(),
            [&](const auto& a, const auto& b) { return project(a) < project(b); });
}

}  // namespace

// Looks into the tables that only the engine's own parts may see.
class Saver {
 public:
  static Snapshot save(const Engine& engine) {
    Snapshot image;
    UnitNumbers numbers;
    for (const auto& [node, lock] : engine.locks_.locks()) {
      image.locks.push_back(save_lock(*lock, numbers));
    }
    for (const auto& gone : engine.locks_.gone_.entries)
      image.gone.push_back({gone.node, gone.text});
    for (const auto& named : engine.locks_.expressions_.entries) {
      image.expressions.push_back({named.node, named.text});
    }
    image.next_node = engine.locks_.next_node_;
    for (const auto& [id, handle] : engine.handles_.handles_) {
      image.handles.push_back(save_handle(handle));
    }
    sort_by(image.handles, [](const auto& handle) { return handle.id; });
    image.next_handle = engine.handles_.next_;
    for (const auto& [key, owner] : engine.claims_.owners_) {
      if (owner.hold) image.holds.push_back(save_claim(*owner.hold, numbers));
    }
    sort_by(image.holds, [](const auto& claim) { return claim.token; });
    for (const Claim* claim : engine.claims_.all_waits()) {
      image.waits.push_back(save_wait(engine, *claim, numbers));
    }
    for (const auto& [id, party] : engine.remotes_.parties()) image.remotes.push_back({id, party});
    for (const auto& [id, connection] : engine.connections_) {
      image.connections.push_back(connection);
    }
    save_numbers(engine, image);
    return image;
  }

  static Snapshot save_part(const Engine& engine, const std::vector<const Lock*>& locks) {
    Snapshot image;
    UnitNumbers numbers;
    std::map<Ticket, const Claim*> claims;
    std::set<NodeId> nodes;
    for (const Lock* lock : locks) {
      image.locks.push_back(save_lock(*lock, numbers));
      nodes.insert(lock->node);
      add_claims(*lock, claims);
    }
    std::set<HandleId> handles;
    for (const auto& [ticket, claim] : claims) {
      claim->token != 0 ? image.holds.push_back(save_claim(*claim, numbers))
                        : image.waits.push_back(save_wait(engine, *claim, numbers));
      handles.insert(claim->handle);
      handles.insert(claim->fcntl->others.begin(), claim->fcntl->others.end());
    }
    sort_by(image.holds, [](const auto& claim) { return claim.token; });
    for (const HandleId id : handles) {
      auto& handle = image.handles.emplace_back(save_handle(*engine.handles_.find(id)));
      std::erase_if(handle.names, [&](const auto node) { return !nodes.contains(node); });
    }
    save_numbers(engine, image);
    return image;
  }

 private:
  static Snapshot::Claim save_wait(const Engine& engine, const Claim& claim,
                                   const UnitNumbers& numbers) {
    Snapshot::Claim image = save_claim(claim, numbers);
    image.lineage = engine.lineages_.of(claim);
    return image;
  }

  // All who hold or wait there.
  static void add_claims(const Lock& lock, std::map<Ticket, const Claim*>& claims) {
    const auto add_line = [&](const Line& line) {
      for (const auto* places : {&line.exclusive, &line.shared}) {
        for (const auto& [ticket, place] : *places) claims.emplace(ticket, place.claim);
      }
    };
    add_line(lock.line);
    for (const auto& unit : lock.pool.units()) {
      add_line(unit->pickers);
      for (const auto* grant = unit->holders.first(); grant != nullptr;
           grant = decltype(unit->holders)::after(*grant)) {
        claims.emplace(grant->claim->ticket, grant->claim);
      }
    }
  }

  static void save_numbers(const Engine& engine, Snapshot& image) {
    image.create = engine.create_;
    image.admins = engine.admins_;
    image.limits = engine.limits_;
    for (const auto& [id, answer] : engine.kept_answers_) image.kept_answers.push_back(answer);
    sort_by(image.kept_answers, [](const auto& answer) { return answer.id; });
    image.last_sent = engine.last_sent_;
    image.lines_done = {engine.lines_done_.begin(), engine.lines_done_.end()};
    std::sort(image.lines_done.begin(), image.lines_done.end());
    image.last_command = engine.last_command_;
    image.next_ticket = engine.next_ticket_;
    image.last_token = engine.last_token_;
    image.last_position = engine.last_position_;
    image.tally = engine.tally_;
    image.stopping = engine.stopping_;
    for (const auto& open : engine.expected_opens_) {
      image.expected_opens.push_back({open.thread, open.node});
    }
    image.started = engine.started_;
    image.doors = engine.doors_;
    image.hook_rules = engine.hook_rules_;
  }
};

Snapshot Snapshot::save(const Engine& engine) { return Saver::save(engine); }

Snapshot Snapshot::save_part(const Engine& engine, const std::vector<const lockfs::Lock*>& locks) {
  return Saver::save_part(engine, locks);
}

}  // namespace lockfs
