// The engine against a naive model: the rules of the queue told as plainly as can be, every waiter
// looked at after every event. Random schedules over plain locks, sets, alternatives and modes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "core/engine.h"

namespace lockfs {
namespace {

Policy three_locks() {
  Policy policy;
  for (const char* name : {"a", "b", "c"}) {
    LockSpec spec;
    spec.name = name;
    spec.units = {name};
    policy.locks.push_back(spec);
  }
  return policy;
}

const std::vector<std::string> names = {"a", "b", "c", "a+b", "b+c", "a,b", "a+b,c", "a=shared+b"};

using Wants = std::vector<std::pair<std::string, Mode>>;

struct ModelClaim {
  std::uint64_t ticket = 0;
  std::uint64_t handle = 0;
  std::uint64_t request = 0;
  Mode mode = Mode::exclusive;
  std::vector<Wants> alternatives;
  Wants held;  // empty: it waits
};

bool conflict(Mode one, Mode other) { return one == Mode::exclusive || other == Mode::exclusive; }

// What came of each request that was answered.
using Answers = std::map<std::uint64_t, Reason>;

class Model {
 public:
  void acquire(std::uint64_t request, std::uint64_t handle, const std::string& name, Mode mode,
               bool wait, Answers& answers) {
    ModelClaim* hold = hold_of(handle);
    if (hold != nullptr && hold->mode == mode) {
      answers[request] = Reason::none;
      return;
    }
    if (hold != nullptr && mode == Mode::shared) {
      downgrade(*hold, name);
      answers[request] = Reason::none;
      return serve(answers);
    }
    const std::uint64_t ticket = take_kept(handle, mode, wait);
    if (hold != nullptr) drop(handle);
    ModelClaim claim{ticket, handle, request, mode, resolve(name, mode), {}};
    claims_.push_back(claim);
    if (!wait && grantable(claims_.back()) == nullptr) {
      claims_.pop_back();
      answers[request] = Reason::would_block;
    }
    serve(answers);
  }

  void release(std::uint64_t handle, Answers& answers) {
    kept_.erase(handle);
    if (hold_of(handle) != nullptr) drop(handle);
    serve(answers);
  }

  void cancel(std::uint64_t request, Answers& answers) {
    const auto claim = std::find_if(claims_.begin(), claims_.end(), [&](const ModelClaim& c) {
      return c.request == request && c.held.empty();
    });
    if (claim == claims_.end()) return;
    kept_[claim->handle] = {claim->mode, claim->ticket};
    claims_.erase(claim);
    answers[request] = Reason::interrupted;
    serve(answers);
  }

  bool waits(std::uint64_t handle) const {
    return std::any_of(claims_.begin(), claims_.end(), [&](const ModelClaim& claim) {
      return claim.handle == handle && claim.held.empty();
    });
  }

 private:
  ModelClaim* hold_of(std::uint64_t handle) {
    for (auto& claim : claims_) {
      if (claim.handle == handle && !claim.held.empty()) return &claim;
    }
    return nullptr;
  }

  void drop(std::uint64_t handle) {
    std::erase_if(claims_, [&](const ModelClaim& claim) {
      return claim.handle == handle && !claim.held.empty();
    });
  }

  std::uint64_t take_kept(std::uint64_t handle, Mode mode, bool wait) {
    const auto kept = kept_.find(handle);
    std::uint64_t ticket = 0;
    if (kept != kept_.end()) {
      if (wait && kept->second.first == mode) ticket = kept->second.second;
      kept_.erase(kept);
    }
    return ticket != 0 ? ticket : next_ticket_++;
  }

  static std::vector<Wants> resolve(const std::string& name, Mode mode) {
    std::vector<Wants> alternatives;
    const auto expression = parse_expression(name);
    for (const auto& all : expression.value().alternatives) {
      auto& wants = alternatives.emplace_back();
      for (const auto& term : all) wants.emplace_back(term.name, term.mode.value_or(mode));
    }
    return alternatives;
  }

  // The hold keeps what it has, in the modes that the same expression asks for when shared.
  static void downgrade(ModelClaim& hold, const std::string& name) {
    hold.mode = Mode::shared;
    for (const auto& wants : resolve(name, Mode::shared)) {
      const bool same = wants.size() == hold.held.size() &&
                        std::equal(wants.begin(), wants.end(), hold.held.begin(),
                                   [](auto& a, auto& b) { return a.first == b.first; });
      if (!same) continue;
      hold.held = wants;
      return;
    }
  }

  // A holder stands in the way, or somebody who asked before and wants what conflicts.
  bool blocked(const ModelClaim& claim, const std::string& lock, Mode mode) const {
    for (const auto& other : claims_) {
      if (&other == &claim) continue;
      for (const auto& [held, held_mode] : other.held) {
        if (held == lock && conflict(mode, held_mode)) return true;
      }
      if (!other.held.empty() || other.ticket > claim.ticket) continue;
      for (const auto& wants : other.alternatives) {
        for (const auto& [wanted, wanted_mode] : wants) {
          if (wanted == lock && conflict(mode, wanted_mode)) return true;
        }
      }
    }
    return false;
  }

  const Wants* grantable(const ModelClaim& claim) const {
    for (const auto& wants : claim.alternatives) {
      const bool free = std::none_of(wants.begin(), wants.end(), [&](const auto& want) {
        return blocked(claim, want.first, want.second);
      });
      if (free) return &wants;
    }
    return nullptr;
  }

  void serve(Answers& answers) {
    for (bool again = true; again;) {
      again = false;
      std::sort(claims_.begin(), claims_.end(),
                [](const auto& a, const auto& b) { return a.ticket < b.ticket; });
      for (auto& claim : claims_) {
        if (!claim.held.empty()) continue;
        const Wants* wants = grantable(claim);
        if (wants == nullptr) continue;
        claim.held = *wants;
        answers[claim.request] = Reason::none;
        again = true;
      }
    }
  }

  std::vector<ModelClaim> claims_;
  std::map<std::uint64_t, std::pair<Mode, std::uint64_t>> kept_;
  std::uint64_t next_ticket_ = 1;
};

class Schedule {
 public:
  explicit Schedule(unsigned seed) : random_(seed), engine_(three_locks(), 0) {
    for (std::size_t i = 0; i < 8; ++i) open(names[pick(names.size())]);
  }

  void step() {
    Answers expected;
    const std::size_t which = pick(handles_.size());
    const auto& [handle, name] = handles_[which];
    const auto number = static_cast<std::uint64_t>(handle);
    if (model_.waits(number)) {
      if (pick(3) != 0) return;
      apply(event::Cancel{RequestId{waiting_[number]}});
      model_.cancel(waiting_[number], expected);
    } else if (pick(3) == 0) {
      const RequestId id{++requests_};
      apply(event::Release{id, handle, owner(handle), 1});
      expected[requests_] = Reason::none;
      model_.release(number, expected);
    } else {
      const Mode mode = pick(2) == 0 ? Mode::shared : Mode::exclusive;
      const bool wait = pick(4) != 0;
      waiting_[number] = ++requests_;
      apply(event::Acquire{RequestId{requests_}, handle, owner(handle), mode, wait, 1});
      model_.acquire(requests_, number, name, mode, wait, expected);
    }
    EXPECT_EQ(got_, expected);
    engine_.check();
  }

 private:
  std::size_t pick(std::size_t count) { return random_() % count; }
  OwnerKey owner(HandleId handle) const {
    return {Via::flock, engine_.find_handle(handle)->node, static_cast<std::uint64_t>(handle)};
  }

  void apply(const Event& event) {
    Effects effects;
    engine_.apply(++now_, event, effects);
    got_.clear();
    for (const auto& answer : effects.answers) {
      got_[static_cast<std::uint64_t>(answer.id)] = answer.reason;
      if (answer.handle != HandleId::none && answer.token == 0) opened_ = answer.handle;
      const bool is_new = answer.token != 0 && !tokens_.contains(answer.token);
      if (is_new) {
        EXPECT_TRUE(tokens_.empty() || answer.token > *tokens_.rbegin());
      }
      if (answer.token != 0) tokens_.insert(answer.token);
    }
  }

  void open(const std::string& name) {
    if (!engine_.find_node(name)) apply(event::Intern{name});
    const RequestId id{++requests_};
    apply(event::Open{id, FileKind::lock, *engine_.find_node(name), Client{0, 1, 0}});
    handles_.emplace_back(opened_, name);
  }

  std::minstd_rand random_;
  Engine engine_;
  Model model_;
  Answers got_;
  std::set<Token> tokens_;
  HandleId opened_ = HandleId::none;
  std::vector<std::pair<HandleId, std::string>> handles_;
  std::map<std::uint64_t, std::uint64_t> waiting_;
  std::uint64_t requests_ = 0;
  WallTime now_ = 0;
};

// LOCKFS_MODEL_SEED repeats one schedule, LOCKFS_MODEL_SEEDS says how many are tried.
TEST(EngineModel, AgreesWithTheEngineOnRandomSchedules) {
  const char* one = std::getenv("LOCKFS_MODEL_SEED");
  const char* many = std::getenv("LOCKFS_MODEL_SEEDS");
  const unsigned first = one != nullptr ? static_cast<unsigned>(std::atol(one)) : 1;
  const unsigned count = one != nullptr    ? 1
                         : many != nullptr ? static_cast<unsigned>(std::atol(many))
                                           : 1500;
  for (unsigned seed = first; seed < first + count && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("LOCKFS_MODEL_SEED=" + std::to_string(seed));
    Schedule schedule(seed);
    for (int i = 0; i < 100 && !testing::Test::HasFailure(); ++i) schedule.step();
  }
}

}  // namespace
}  // namespace lockfs
