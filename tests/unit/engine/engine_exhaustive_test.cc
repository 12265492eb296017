// Every sequence of events up to a length over small alphabets, against the naive model. Since all
// shorter sequences were compared before, only the last event of each is. LOCKFS_TEST_LONGER=N
// makes the sequences longer by N events.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

#include "tests/unit/engine/engine_pair.h"

namespace lockfs {
namespace {

// A small world: descriptors that are open from the start, and what can happen.
class World {
 public:
  World(const Policy& policy, const std::vector<std::string>& opened) : pair_(policy) {
    for (const auto& text : opened) {
      pair_.apply(event::Intern{text});
      const NodeId node = pair_.engine().find_node(text).value();
      const Client client{1000, static_cast<pid_t>(handles_.size() + 1), 0};
      pair_.apply(event::Open{next_request(), FileKind::lock, node, client});
      handles_.push_back(pair_.effects().answers.at(0).handle);
      waits_.push_back(RequestId::none);
    }
  }

  Event lock(std::size_t i, Mode mode, bool wait = true, pid_t thread = 1) {
    const RequestId id = next_request();
    if (wait) waits_[i] = id;
    return event::Acquire{id, handles_[i], owner(i), mode, wait, thread};
  }
  Event unlock(std::size_t i) { return event::Release{next_request(), handles_[i], owner(i), 1}; }
  Event cancel(std::size_t i) { return event::Cancel{waits_[i]}; }
  Event close(std::size_t i) { return event::Close{handles_[i]}; }
  Event undelivered(std::size_t i) { return event::Undelivered{waits_[i]}; }
  Event reload(const Policy& policy) {
    event::Control event;
    event.command = command::Reload{policy};
    return event;
  }
  EnginePair& pair() { return pair_; }

 private:
  RequestId next_request() { return RequestId{++last_request_}; }
  OwnerKey owner(std::size_t i) {
    const Handle* handle = pair_.engine().find_handle(handles_[i]);
    return handle == nullptr ? OwnerKey{} : flock_owner(*handle);
  }

  EnginePair pair_;
  std::uint64_t last_request_ = 0;
  std::vector<HandleId> handles_;
  std::vector<RequestId> waits_;  // the latest request of each that may wait
};

struct Step {
  std::string words;
  std::function<Event(World&)> event;
};

struct Case {
  Policy policy;
  std::vector<std::string> opened;
  std::vector<Step> alphabet;
  std::size_t length = 0;
};

void add_steps(Case& c, std::size_t i, const std::string& kinds) {
  const std::string name = "h" + std::to_string(i + 1);
  for (const char kind : kinds) {
    switch (kind) {
      case 'x':
        c.alphabet.push_back({name + " ex", [i](World& w) { return w.lock(i, Mode::exclusive); }});
        break;
      case 's':
        c.alphabet.push_back({name + " sh", [i](World& w) { return w.lock(i, Mode::shared); }});
        break;
      case 'X':
        c.alphabet.push_back(
            {name + " ex thread 2", [i](World& w) { return w.lock(i, Mode::exclusive, true, 2); }});
        break;
      case 'S':
        c.alphabet.push_back(
            {name + " sh thread 2", [i](World& w) { return w.lock(i, Mode::shared, true, 2); }});
        break;
      case 'n':
        c.alphabet.push_back(
            {name + " ex nowait", [i](World& w) { return w.lock(i, Mode::exclusive, false); }});
        break;
      case 'u':
        c.alphabet.push_back({name + " unlock", [i](World& w) { return w.unlock(i); }});
        break;
      case 'c':
        c.alphabet.push_back({name + " cancel", [i](World& w) { return w.cancel(i); }});
        break;
      case 'z':
        c.alphabet.push_back({name + " close", [i](World& w) { return w.close(i); }});
        break;
      default:
        c.alphabet.push_back({name + " undelivered", [i](World& w) { return w.undelivered(i); }});
    }
  }
}

// Plays one sequence; false, with the sequence in words, if the last event makes a difference.
bool play(const Case& c, const std::vector<std::size_t>& sequence) {
  World world(c.policy, c.opened);
  for (std::size_t i = 0; i + 1 < sequence.size(); ++i) {
    world.pair().apply(c.alphabet[sequence[i]].event(world));
  }
  const auto difference = world.pair().compare(c.alphabet[sequence.back()].event(world));
  if (difference.empty()) return true;
  std::string words;
  for (const auto step : sequence) words += c.alphabet[step].words + "; ";
  ADD_FAILURE() << words << "\n" << difference;
  return false;
}

// Counts up over all sequences of each length.
void play_all(const Case& c) {
  const char* longer = std::getenv("LOCKFS_TEST_LONGER");
  const std::size_t most = c.length + (longer == nullptr ? 0 : std::strtoul(longer, nullptr, 10));
  for (std::size_t length = 1; length <= most; ++length) {
    std::vector<std::size_t> sequence(length, 0);
    for (bool more = true; more;) {
      if (!play(c, sequence)) return;
      std::size_t at = length;
      while (at > 0 && ++sequence[at - 1] == c.alphabet.size()) sequence[--at] = 0;
      more = at > 0;
    }
  }
}

Policy policy_of(std::vector<LockSpec> locks) {
  Policy policy;
  policy.locks = std::move(locks);
  return policy;
}

TEST(EngineExhaustive, TwoDescriptorsOfOneLock) {
  Case c{policy_of({named_lock("a")}), {"a", "a"}, {}, 4};
  add_steps(c, 0, "xsnucz");
  add_steps(c, 1, "xsucu");
  play_all(c);
}

TEST(EngineExhaustive, ThreeDescriptorsSharedAndExclusive) {
  Case c{policy_of({named_lock("a")}), {"a", "a", "a"}, {}, 5};
  for (std::size_t i = 0; i < 3; ++i) add_steps(c, i, "xsu");
  c.alphabet.pop_back();
  play_all(c);
}

TEST(EngineExhaustive, ThreadsOfOneDescriptor) {
  Case c{policy_of({named_lock("a")}), {"a", "a"}, {}, 5};
  add_steps(c, 0, "xu");
  add_steps(c, 1, "xsXScu");
  play_all(c);
}

TEST(EngineExhaustive, AnswersThatReachNobody) {
  Case c{policy_of({named_lock("a")}), {"a", "a"}, {}, 5};
  add_steps(c, 0, "xsud");
  add_steps(c, 1, "xsud");
  play_all(c);
}

TEST(EngineExhaustive, APoolOfTwoUnits) {
  Case c{policy_of({board("p", {"x", "y"})}), {"p", "p", "p"}, {}, 5};
  add_steps(c, 0, "xsu");
  add_steps(c, 1, "xu");
  add_steps(c, 2, "xsu");
  play_all(c);
}

TEST(EngineExhaustive, ASetAgainstItsMembers) {
  Case c{policy_of({named_lock("a"), named_lock("b")}), {"a+b", "a", "b"}, {}, 5};
  add_steps(c, 0, "xuc");
  add_steps(c, 1, "xsu");
  add_steps(c, 2, "xu");
  play_all(c);
}

TEST(EngineExhaustive, AnAlternativeAgainstItsMembers) {
  Case c{policy_of({named_lock("a"), named_lock("b")}), {"a,b", "a", "a+b"}, {}, 5};
  add_steps(c, 0, "xsu");
  add_steps(c, 1, "xu");
  add_steps(c, 2, "xuc");
  play_all(c);
}

TEST(EngineExhaustive, PickedCountedAndAnyUnits) {
  Case c{policy_of({board("p", {"x", "y"}), named_lock("b")}),
         {"p@x", "p=2", "p", "p@y=shared+b"},
         {},
         4};
  add_steps(c, 0, "xsu");
  add_steps(c, 1, "xsu");
  add_steps(c, 2, "xu");
  add_steps(c, 3, "xu");
  play_all(c);
}

TEST(EngineExhaustive, ReloadsThatTakeAwayAndGiveBack) {
  const Policy all = policy_of({named_lock("a"), board("p", {"x", "y"})});
  const Policy less = policy_of({board("p", {"y"})});
  Case c{all, {"a", "p,a", "p@x"}, {}, 4};
  add_steps(c, 0, "xuz");
  add_steps(c, 1, "xu");
  add_steps(c, 2, "su");
  c.alphabet.push_back({"reload all", [all](World& w) { return w.reload(all); }});
  c.alphabet.push_back({"reload less", [less](World& w) { return w.reload(less); }});
  play_all(c);
}

}  // namespace
}  // namespace lockfs
