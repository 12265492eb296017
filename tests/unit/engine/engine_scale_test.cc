// Many of everything. Nothing is timed: what costs too much for each of many, or goes as deep as
// there are many, does not come to an end here.
#include "tests/unit/engine/driven_engine.h"

namespace lockfs {
namespace {

using EngineScale = DrivenEngine;

Policy locks(std::size_t count) {
  Policy policy;
  for (std::size_t i = 0; i < count; ++i) {
    policy.locks.push_back(named_lock("lock" + std::to_string(i)));
  }
  return policy;
}

TEST_F(EngineScale, HundredThousandLocksAreHeldAndReloaded) {
  constexpr std::size_t count = 100'000;
  start(locks(count));
  std::vector<const Handle*> handles;
  for (std::size_t i = 0; i < count; ++i) {
    handles.push_back(&open("lock" + std::to_string(i)));
    lock(*handles.back(), Mode::exclusive);
  }
  EXPECT_EQ(engine_->holds(), count);
  const RequestId waiting = lock(open("lock7"), Mode::exclusive);
  event::Control reload;
  reload.command = command::Reload{locks(count / 2)};
  apply(reload);
  EXPECT_EQ(engine_->holds(), count);
  EXPECT_TRUE(engine_->is_waiting(waiting));
  for (const Handle* handle : handles) apply(event::Close{handle->id});
  EXPECT_EQ(engine_->holds(), 1U);
  EXPECT_EQ(engine_->locks().locks().size(), count / 2);
  engine_->check();
}

TEST_F(EngineScale, TenThousandWaitersAreServedInOrder) {
  constexpr std::size_t count = 10'000;
  start(locks(1));
  std::vector<const Handle*> handles;
  std::vector<RequestId> requests;
  for (std::size_t i = 0; i <= count; ++i) {
    handles.push_back(&open("lock0"));
    requests.push_back(lock(*handles.back(), Mode::exclusive));
  }
  EXPECT_EQ(engine_->waiters(), count);
  for (std::size_t i = 0; i < count; ++i) {
    unlock(*handles[i]);
    ASSERT_EQ(effects_.answers.at(1).id, requests[i + 1]);
  }
  EXPECT_EQ(engine_->waiters(), 0U);
  engine_->check();
}

// Each grant asks whose waits keep it: of thousands of threads the one that took it.
TEST_F(EngineScale, ThirtyThousandThreadsOfOneProcessTakeTurns) {
  constexpr std::size_t count = 30'000;
  constexpr Forebear program{1'000'000, 1};
  start(locks(1));
  std::vector<const Handle*> handles;
  for (std::size_t i = 0; i <= count; ++i) {
    handles.push_back(&open("lock0"));
    const RequestId id = next_request();
    event::Acquire asks{
        id,   handles.back()->id,       flock_owner(*handles.back()), Mode::exclusive,
        true, static_cast<pid_t>(i + 1)};
    asks.asker = {program.process, program.started};
    apply(asks);
    apply(event::Lineage{id, {program}});
  }
  EXPECT_EQ(engine_->waiters(), count);
  for (const Handle* handle : handles) unlock(*handle);
  EXPECT_EQ(engine_->waiters(), 0U);
  EXPECT_EQ(engine_->holds(), 0U);
  engine_->check();
}

TEST_F(EngineScale, TenThousandUnitsOfOnePoolComeAndGo) {
  constexpr std::uint32_t count = 10'000;
  Policy policy;
  std::vector<std::string> units;
  for (std::uint32_t i = 1; i <= count; ++i) units.push_back(std::to_string(i));
  policy.locks = {board("pool", units)};
  start(policy);
  std::vector<const Handle*> handles;
  for (std::uint32_t i = 0; i < count; ++i) {
    handles.push_back(&open("pool"));
    lock(*handles.back(), Mode::exclusive);
  }
  const Handle& all = open("pool=" + std::to_string(count));
  const RequestId waiting = lock(all, Mode::exclusive);
  for (const Handle* handle : handles) unlock(*handle);
  EXPECT_FALSE(engine_->is_waiting(waiting));
  lock(all, Mode::shared);
  lock(all, Mode::exclusive);
  unlock(all);
  EXPECT_EQ(engine_->holds(), 0U);
  engine_->check();
}

// As many as one user may have waiting, of one descriptor, each undoing what the one before got.
TEST_F(EngineScale, TwentyThousandWaitersOfOneDescriptorTakeTurns) {
  constexpr std::size_t count = 20'000;
  start(locks(1));
  const Handle& holder = open("lock0");
  const Handle& crowd = open("lock0");
  lock(holder, Mode::exclusive);
  for (std::size_t i = 0; i < count; ++i) {
    lock(crowd, i % 2 == 0 ? Mode::shared : Mode::exclusive);
  }
  EXPECT_EQ(engine_->waiters(), count);
  unlock(holder);
  EXPECT_EQ(effects_.answers.size(), count + 1);
  EXPECT_EQ(engine_->waiters(), 0U);
  EXPECT_EQ(engine_->holds(), 1U);
  engine_->check();
}

TEST_F(EngineScale, ThousandsOfSetsThatOverlapAreServed) {
  constexpr std::size_t count = 3'000;
  start(locks(60));
  std::vector<const Handle*> handles;
  std::vector<RequestId> requests;
  for (std::size_t i = 0; i < count; ++i) {
    handles.push_back(
        &open("lock" + std::to_string(i % 60) + "+lock" + std::to_string((i * 7 + 1) % 60)));
    requests.push_back(lock(*handles.back(), Mode::exclusive));
  }
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_FALSE(engine_->is_waiting(requests[i])) << i;
    unlock(*handles[i]);
  }
  EXPECT_EQ(engine_->waiters(), 0U);
  engine_->check();
}

}  // namespace
}  // namespace lockfs
