// Whose lineage can wait: the lock goes from one to the next.
#include "core/wait_graph.h"

#include <vector>

#include "tests/unit/engine/driven_engine.h"
#include "tests/unit/engine/some_locks.h"

namespace lockfs {
namespace {

constexpr WallTime ms = 1'000'000;
constexpr WallTime begin = 1'000'000 * ms;

class MovesUp : public DrivenEngine {
 protected:
  MovesUp() {
    Policy policy;
    policy.locks = {named_lock("one"), named_lock("other"), board("pool", {"a", "b"})};
    now_ = begin;
    step_ = 0;
    start(policy);
  }

  RequestId lock(WallTime now, const Handle& handle) {
    now_ = now;
    return DrivenEngine::lock(handle, Mode::exclusive);
  }
  // Somebody had this, and gives it up.
  void unlock(WallTime now, const Handle& handle) {
    now_ = now;
    DrivenEngine::unlock(handle);
  }
  bool moves(RequestId id, WallTime now) const { return moves_up(*engine_->find_waiter(id), now); }
};

TEST_F(MovesUp, WhileTheLockGoesFromOneToTheNext) {
  const Handle& first = open("one");
  lock(begin, first);
  lock(begin + ms, open("one"));
  const RequestId last = lock(begin + 2 * ms, open("one"));
  EXPECT_TRUE(moves(last, begin + 99 * ms));
  EXPECT_FALSE(moves(last, begin + 100 * ms));
  unlock(begin + 300 * ms, first);
  EXPECT_TRUE(moves(last, begin + 399 * ms));
  EXPECT_FALSE(moves(last, begin + 400 * ms));
}

TEST_F(MovesUp, NotIfTheClockWasSetBack) {
  lock(begin, open("one"));
  EXPECT_FALSE(moves(lock(begin, open("one")), begin - ms));
}

TEST_F(MovesUp, NotWhereOneLockOfASetStandsStill) {
  lock(begin, open("one"));
  const Handle& first = open("other");
  lock(begin, first);
  lock(begin, open("other"));
  const RequestId both = lock(begin, open("one+other"));
  unlock(begin + 200 * ms, first);
  EXPECT_FALSE(moves(both, begin + 201 * ms));
}

TEST_F(MovesUp, NotWhereTheUnitThatIsWantedStandsStill) {
  lock(begin, open("pool@a"));
  const Handle& b = open("pool@b");
  lock(begin, b);
  lock(begin, open("pool@b"));
  const RequestId of_a = lock(begin, open("pool@a"));
  const RequestId of_b = lock(begin, open("pool@b"));
  unlock(begin + 200 * ms, b);
  EXPECT_FALSE(moves(of_a, begin + 201 * ms));
  EXPECT_TRUE(moves(of_b, begin + 201 * ms));
}

TEST_F(MovesUp, IsBelievedForAWhileOnly) {
  std::vector<const Handle*> before;
  for (int i = 0; i < 300; ++i) {
    before.push_back(&open("one"));
    lock(begin, *before.back());
  }
  const RequestId last = lock(begin, open("one"));
  WallTime now = begin;
  for (const Handle* holder : before) {
    if (holder == before.back()) break;
    unlock(now += 50 * ms, *holder);
    EXPECT_EQ(moves(last, now), now <= begin + 10'000 * ms) << now;
  }
}

}  // namespace
}  // namespace lockfs
