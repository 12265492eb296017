// Whoever hears only the notices knows who holds and who waits.
#include <gtest/gtest.h>

#include <set>

#include "core/snapshot.h"
#include "tests/unit/engine/engine_pair.h"
#include "tests/unit/engine/random_events.h"

namespace lockfs {
namespace {

// Keeps the account from what is told.
class Listener {
 public:
  void hear(const Effects& effects) {
    for (const auto& notice : effects.notices) {
      ASSERT_EQ(notice.position, ++position_);
      hear(effects.told(notice));
    }
  }

  std::set<Token> holds;
  std::set<Ticket> waits;

 private:
  void hear(const NoticeText& told) {
    const Notice& notice = told.notice;
    const bool known = waits.contains(notice.ticket);
    switch (notice.kind) {
      case NoticeKind::waiting:
        waits.insert(notice.ticket);
        break;
      case NoticeKind::granted:
        EXPECT_TRUE(known || notice.since == notice.time || notice.since == 0) << dump(told);
        waits.erase(notice.ticket);
        EXPECT_TRUE(known || !holds.contains(notice.token)) << dump(told);
        holds.insert(notice.token);
        break;
      case NoticeKind::released:
      case NoticeKind::broken:
        EXPECT_EQ(holds.erase(notice.token), 1) << dump(told);
        EXPECT_GT(notice.since, 0);
        break;
      case NoticeKind::ended:
        EXPECT_TRUE(known) << dump(told);
        waits.erase(notice.ticket);
        break;
      default:
        break;
    }
    if (notice.of_claim) {
      EXPECT_FALSE(told.lock().empty()) << dump(told);
    }
  }

  std::uint64_t position_ = 0;
};

TEST(Notices, TellAllThatIsHeldAndAwaited) {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    EnginePair pair(random_policies().front());
    RandomEvents random(seed, pair.engine());
    Listener listener;
    for (int i = 0; i < 150; ++i) {
      pair.apply(random.next());
      random.learn(pair.effects());
      listener.hear(pair.effects());
      const Snapshot state = Snapshot::save(pair.engine());
      std::set<Token> holds;
      std::set<Ticket> waits;
      for (const auto& claim : state.holds) holds.insert(claim.token);
      for (const auto& claim : state.waits) waits.insert(claim.ticket);
      ASSERT_EQ(listener.holds, holds) << "seed " << seed << ", event " << i;
      ASSERT_EQ(listener.waits, waits) << "seed " << seed << ", event " << i;
      ASSERT_FALSE(HasFailure()) << "seed " << seed << ", event " << i;
    }
  }
}

TEST(Notices, NameTheUnitsOfASetUpToALimit) {
  std::vector<std::string> units;
  for (int i = 1; i <= 100; ++i) units.push_back(std::to_string(i));
  LockSpec pool = board("pool", units);
  Policy policy;
  policy.locks = {pool, named_lock("other")};
  Engine engine(policy, 1);
  Effects effects;
  engine.apply(2, event::Intern{"pool=99+other"}, effects);
  const NodeId node = *engine.find_node("pool=99+other");
  engine.apply(3, event::Open{RequestId{1}, FileKind::lock, node, Client{1001, 7, 0}}, effects);
  const HandleId handle = effects.answers.back().handle;
  const OwnerKey owner = flock_owner(*engine.find_handle(handle));
  effects.clear();
  engine.apply(4, event::Acquire{RequestId{2}, handle, owner}, effects);
  ASSERT_EQ(effects.notices.size(), 1);
  const NoticeText told = effects.told(effects.notices[0]);
  EXPECT_EQ(told.notice.unit_count, 100);
  EXPECT_EQ(told.lock(), "pool");
  const auto text = told.of(told.notice.units);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), Notice::max_units);
  EXPECT_EQ(text.substr(0, 14), "pool 1\npool 2\n");
}

}  // namespace
}  // namespace lockfs
