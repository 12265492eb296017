// Snapshot to engine.
#include <algorithm>
#include <map>

#include "core/kin.h"
#include "core/snapshot.h"

namespace lockfs {

// Puts a snapshot's parts back where they belong; each part says whether it fits.
class Restorer {
 public:
  explicit Restorer(const Snapshot& image) : image_(image), engine_(new Engine()) {}

  std::unique_ptr<Engine> restore() {
    const bool fits = restore_locks() && restore_expressions() && restore_handles() &&
                      restore_holds() && restore_waits() && restore_remotes() &&
                      restore_connections();
    restore_numbers();
    return fits ? std::move(engine_) : nullptr;
  }

 private:
  bool restore_locks() {
    LockTable& table = engine_->locks_;
    for (const auto& image : image_.locks) {
      if (table.find(image.node) != nullptr || table.find(image.name) != nullptr) return false;
      Lock& lock = table.restore(image.node, image.name, image.kind);
      lock.description = image.description;
      lock.access = image.access;
      lock.group = image.group;
      lock.configured = image.configured;
      lock.lasting = image.lasting;
      lock.creator = image.creator;
      lock.last_grant = image.last_grant;
      lock.draining = boxed(image.draining);
      lock.fail_at_deadlock = image.fail_at_deadlock;
      lock.reentrant = image.reentrant;
      lock.max_hold = image.max_hold;
      lock.on_expiry = image.on_expiry;
      if (image.hooks.any()) lock.hooks = std::make_unique<const Hooks>(image.hooks);
      if (lock.kind == LockKind::dynamic) ++engine_->dynamic_per_user_[lock.creator];
      if (!restore_pool(lock.pool, image)) return false;
      count_cleaning(lock);
    }
    table.restore_gone(image_.gone.rbegin(), image_.gone.rend());
    table.next_node_ = image_.next_node;
    return true;
  }

  void count_cleaning(Lock& lock) {
    for (const auto& unit : lock.pool.units()) lock.cleaning += unit->cleaning ? 1 : 0;
    engine_->cleaning_ += lock.cleaning;
  }

  // A unit is free, or retired, or being cleaned, or its holders come later.
  static bool restore_pool(Pool& pool, const Snapshot::Lock& image) {
    for (const auto& unit : image.units) {
      pool.units_.push_back(std::make_unique<Unit>());
      Unit& made = *pool.units_.back();
      made.name = unit.name;
      made.mode = unit.mode;
      made.retired = unit.retired;
      made.since = unit.since;
      made.offline = unit.offline;
      made.cleaning = unit.cleaning;
      pool.usable_ += unit.retired ? 0 : 1;
    }
    for (const auto number : image.free) {
      if (number >= pool.units_.size() || Pool::is_free(*pool.units_[number])) return false;
      pool.set_free(*pool.units_[number]);
    }
    for (const auto number : image.shared) {
      if (number >= pool.units_.size()) return false;
      pool.shared_.push_back(pool.units_[number].get());
    }
    return true;
  }

  bool restore_expressions() {
    for (auto entry = image_.expressions.rbegin(); entry != image_.expressions.rend(); ++entry) {
      auto expression = parse_expression(entry->text);
      if (!expression) return false;
      engine_->locks_.restore_expression(entry->node, entry->text, std::move(*expression));
    }
    return true;
  }

  bool restore_handles() {
    for (const auto& image : image_.handles) {
      if (engine_->handles_.find(image.id) != nullptr) return false;
      Handle& handle = engine_->handles_.restore(image.id, image.kind, image.node, image.client);
      for (const auto& owner : image.owners) {
        if (owner.none()) return false;
        handle.owners.push_back(owner);
      }
      handle.extras.set(
          {image.kept, image.answer, image.text_base, image.broken, image.poller, image.read});
      engine_->polled_ += image.poller ? 1 : 0;
      handle.expression = engine_->locks_.find_expression(image.node);
      if (handle.expression != nullptr) ++handle.expression->opens;
      for (const auto node : image.names) {
        Lock* lock = engine_->locks_.find(node);
        if (lock == nullptr) return false;
        engine_->pin(handle, *lock);
      }
      if (names_locks(handle.kind) && handle.names.empty()) return false;
    }
    engine_->handles_.next_ = image_.next_handle;
    return true;
  }

  static std::unique_ptr<Claim> make_claim(const Snapshot::Claim& image) {
    auto claim = std::make_unique<Claim>();
    claim->ticket = image.ticket;
    claim->owner = image.owner;
    claim->handle = image.handle;
    claim->client = image.client;
    claim->asker = image.asker;
    claim->mode = image.mode;
    claim->since = image.since;
    claim->request = image.request;
    claim->thread = image.thread;
    claim->token = image.token;
    FcntlClaim fcntl{image.bytes, {}, image.others};
    fcntl.ranges.restore(image.ranges);
    claim->fcntl.set(std::move(fcntl));
    if (!image.note.empty()) claim->extras.edit().note = image.note;
    claim->overdue = image.overdue;
    return claim;
  }

  Unit* find_unit(NodeId node, std::uint32_t number) const {
    const Lock* lock = engine_->locks_.find(node);
    if (lock == nullptr || number >= lock->pool.units_.size()) return nullptr;
    return lock->pool.units_[number].get();
  }

  // Whether what a hold says of its descriptors and ranges can be.
  bool fits(const Claim& hold) const {
    const auto open = [&](HandleId id) { return engine_->handles_.find(id) != nullptr; };
    const auto& [bytes, ranges, others] = *hold.fcntl;
    return open(hold.handle) && std::ranges::all_of(others, open) && Ranges::fit(ranges.list()) &&
           ranges.empty() == (hold.owner.via != Via::fcntl);
  }

  // Sharers, and kin: what the others say is known by then.
  static bool fits(const Unit& unit, const Grant& next) {
    for (const auto* grant = unit.holders.first(); grant != nullptr;
         grant = decltype(unit.holders)::after(*grant)) {
      const bool share = grant->mode == Mode::shared && next.mode == Mode::shared;
      if (!share && !akin(*grant->claim, *next.claim)) return false;
      if (share && unit.writers == 0) return true;
    }
    return true;
  }

  bool restore_holds() {
    for (const auto& image : image_.holds) {
      auto claim = make_claim(image);
      if (engine_->claims_.hold_of(claim->owner) != nullptr || !fits(*claim)) return false;
      claim->grants.make(image.grants.size());
      for (std::size_t i = 0; i < image.grants.size(); ++i) {
        const auto& grant = image.grants[i];
        Unit* unit = find_unit(grant.lock, grant.unit);
        if (unit == nullptr || Pool::is_free(*unit)) return false;
        Lock* lock = engine_->locks_.find(grant.lock);
        claim->grants[i] = Grant{lock, unit, claim.get(), grant.mode, grant.follows, {}};
        if (!fits(*unit, claim->grants[i])) return false;
        unit->holders.push_back(claim->grants[i]);
        unit->writers += grant.mode == Mode::exclusive ? 1 : 0;
        ++lock->claims;
      }
      engine_->deadlines_.set(engine_->claims_.add_hold(std::move(claim)), image.deadline);
    }
    return true;
  }

  bool restore_waits() {
    for (const auto& image : image_.waits) {
      auto claim = make_claim(image);
      if (engine_->claims_.waiter(claim->request) != nullptr) return false;
      if (engine_->handles_.find(claim->handle) == nullptr) return false;
      for (const auto& wants : image.alternatives) {
        Alternative alternative;
        for (const auto& want : wants) {
          Lock* lock = engine_->locks_.find(want.lock);
          Unit* unit = want.unit ? find_unit(want.lock, *want.unit) : nullptr;
          if (lock == nullptr || (want.unit && unit == nullptr)) return false;
          alternative.push_back({lock, unit, want.count, want.mode, want.follows});
        }
        claim->alternatives.push_back(std::move(alternative));
      }
      claim->base = engine_->base_of(*claim);
      engine_->enqueue(*claim);
      Claim& waiter = engine_->claims_.add_waiter(std::move(claim));
      engine_->lineages_.put(waiter, image.lineage);
    }
    restore_deadlocks();
    return true;
  }

  void restore_deadlocks() {
    std::map<Ticket, std::vector<RequestId>> deadlocks;
    for (const auto& image : image_.waits) {
      if (image.deadlock != 0) deadlocks[image.deadlock].push_back(image.request);
    }
    std::vector<std::vector<RequestId>> found;
    found.reserve(deadlocks.size());
    for (auto& [first, waits] : deadlocks) found.push_back(std::move(waits));
    engine_->set_deadlocks(found);
  }

  bool restore_remotes() {
    for (const auto& [id, party] : image_.remotes) {
      const Handle* handle = engine_->handles_.find(id);
      if (handle == nullptr || handle->kind != FileKind::remote) return false;
      engine_->remotes_.add(id, party);
      for (const Lock* lock : handle->names) engine_->stand(*lock, *handle);
      for (Claim* claim : engine_->claims_.through(id, handle->owners)) {
        claim->extras.edit().party = engine_->remotes_.find(id);
      }
    }
    return true;
  }

  bool restore_connections() {
    for (const auto& connection : image_.connections) {
      const bool known = engine_->remotes_.find(connection.handle) != nullptr;
      if (connection.input.at > connection.input.text.size()) return false;
      if (connection.settings.locks.empty()) return false;
      if (connection.waits && !known) return false;
      engine_->connections_.emplace(connection.id, connection);
    }
    return true;
  }

  void restore_numbers() {
    engine_->started_ = image_.started;
    engine_->doors_ = image_.doors;
    engine_->hook_rules_ = image_.hook_rules;
    engine_->create_ = image_.create;
    engine_->admins_ = image_.admins;
    engine_->limits_ = image_.limits;
    for (const auto& answer : image_.kept_answers)
      engine_->kept_answers_.emplace(answer.id, answer);
    engine_->last_sent_ = image_.last_sent;
    engine_->lines_done_ = {image_.lines_done.begin(), image_.lines_done.end()};
    engine_->last_command_ = image_.last_command;
    engine_->next_ticket_ = image_.next_ticket;
    engine_->last_token_ = image_.last_token;
    engine_->last_position_ = image_.last_position;
    engine_->tally_ = image_.tally;
    engine_->stopping_ = image_.stopping;
    for (const auto& open : image_.expected_opens) engine_->expect_open(open.thread, open.node);
  }

  const Snapshot& image_;
  std::unique_ptr<Engine> engine_;
};

std::unique_ptr<Engine> Snapshot::restore() const {
  if (!is_coherent()) return nullptr;
  auto engine = Restorer(*this).restore();
  return engine && engine->broken_structure() == nullptr ? std::move(engine) : nullptr;
}

// It comes from an engine, and need not be looked at.
std::unique_ptr<Engine> Snapshot::copy_part(const Engine& engine,
                                            const std::vector<const lockfs::Lock*>& locks) {
  const Snapshot part = save_part(engine, locks);
  return Restorer(part).restore();
}

}  // namespace lockfs
