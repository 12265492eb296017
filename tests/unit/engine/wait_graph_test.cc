// Whose lineage can wait: the lock goes from one to the next.
#include "core/wait_graph.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/unit/engine/engine_pair.h"
#include "tests/unit/engine/some_locks.h"

namespace lockfs {
namespace {

constexpr WallTime ms = 1'000'000;
constexpr WallTime start = 1'000'000 * ms;

class MovesUp : public testing::Test {
 protected:
  MovesUp() {
    Policy policy;
    policy.locks = {named_lock("one"), named_lock("other"), board("pool", {"a", "b"})};
    engine_ = std::make_unique<Engine>(policy, start);
  }

  void apply(WallTime now, const Event& event) {
    effects_ = {};
    engine_->apply(now, event, effects_);
  }
  const Handle& open(const std::string& text) {
    apply(start, event::Intern{text});
    apply(start, event::Open{next(), FileKind::lock, engine_->find_node(text).value(), Client{}});
    return *engine_->find_handle(effects_.answers.at(0).handle);
  }
  RequestId lock(WallTime now, const Handle& handle) {
    const RequestId id = next();
    apply(now, event::Acquire{id, handle.id, flock_owner(handle), Mode::exclusive, true, 1});
    return id;
  }
  // Somebody had this, and gives it up.
  void unlock(WallTime now, const Handle& handle) {
    apply(now, event::Release{next(), handle.id, flock_owner(handle), 0});
  }
  bool moves(RequestId id, WallTime now) const { return moves_up(*engine_->find_waiter(id), now); }

 private:
  RequestId next() { return RequestId{++last_}; }

  std::unique_ptr<Engine> engine_;
  Effects effects_;
  std::uint64_t last_ = 0;
};

TEST_F(MovesUp, WhileTheLockGoesFromOneToTheNext) {
  const Handle& first = open("one");
  lock(start, first);
  lock(start + ms, open("one"));
  const RequestId last = lock(start + 2 * ms, open("one"));
  EXPECT_TRUE(moves(last, start + 99 * ms));
  EXPECT_FALSE(moves(last, start + 100 * ms));
  unlock(start + 300 * ms, first);
  EXPECT_TRUE(moves(last, start + 399 * ms));
  EXPECT_FALSE(moves(last, start + 400 * ms));
}

TEST_F(MovesUp, NotIfTheClockWasSetBack) {
  lock(start, open("one"));
  EXPECT_FALSE(moves(lock(start, open("one")), start - ms));
}

TEST_F(MovesUp, NotWhereOneLockOfASetStandsStill) {
  lock(start, open("one"));
  const Handle& first = open("other");
  lock(start, first);
  lock(start, open("other"));
  const RequestId both = lock(start, open("one+other"));
  unlock(start + 200 * ms, first);
  EXPECT_FALSE(moves(both, start + 201 * ms));
}

TEST_F(MovesUp, NotWhereTheUnitThatIsWantedStandsStill) {
  lock(start, open("pool@a"));
  const Handle& b = open("pool@b");
  lock(start, b);
  lock(start, open("pool@b"));
  const RequestId of_a = lock(start, open("pool@a"));
  const RequestId of_b = lock(start, open("pool@b"));
  unlock(start + 200 * ms, b);
  EXPECT_FALSE(moves(of_a, start + 201 * ms));
  EXPECT_TRUE(moves(of_b, start + 201 * ms));
}

TEST_F(MovesUp, IsBelievedForAWhileOnly) {
  std::vector<const Handle*> before;
  for (int i = 0; i < 300; ++i) {
    before.push_back(&open("one"));
    lock(start, *before.back());
  }
  const RequestId last = lock(start, open("one"));
  WallTime now = start;
  for (const Handle* holder : before) {
    if (holder == before.back()) break;
    unlock(now += 50 * ms, *holder);
    EXPECT_EQ(moves(last, now), now <= start + 10'000 * ms) << now;
  }
}

}  // namespace
}  // namespace lockfs
