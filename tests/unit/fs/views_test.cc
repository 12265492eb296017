// What users' descriptors keep of text is limited.
#include "fs/views.h"

#include <gtest/gtest.h>

namespace lockfs {
namespace {

Policy one_lock() {
  Policy policy;
  policy.locks = {{"deploy", LockKind::named, {"deploy"}, {}, 0, ""}};
  return policy;
}

class ViewTexts : public testing::Test {
 protected:
  HandleId open(uid_t uid) {
    Effects effects;
    const NodeId node = engine_.find_node("deploy").value();
    engine_.apply(1, event::Open{RequestId{++request_}, FileKind::lock, node, {uid, 1, 1}},
                  effects);
    return effects.answers.at(0).handle;
  }

  const Views::Text quarter_ =
      std::make_shared<const std::string>(Views::max_bytes_per_user / 4, ' ');
  Engine engine_{one_lock(), 0};
  Loop loop_;
  Worker worker_{loop_};
  std::vector<std::uint64_t> room_ = std::vector<std::uint64_t>(1024);
  EventRing events_{std::as_writable_bytes(std::span(room_))};
  Views views_{engine_, events_, worker_, "/nowhere"};
  std::uint64_t request_ = 0;
};

TEST_F(ViewTexts, AreLimitedForEachUser) {
  std::vector<HandleId> opened;
  for (int i = 0; i < 4; ++i) {
    opened.push_back(open(1000));
    EXPECT_TRUE(views_.keep(opened.back(), NodeId{64}, quarter_));
  }
  const auto one_byte = std::make_shared<const std::string>("x");
  const HandleId more = open(1000);
  EXPECT_FALSE(views_.keep(more, NodeId{64}, one_byte));
  EXPECT_EQ(views_.text_of(more), nullptr);
  EXPECT_TRUE(views_.keep(open(1001), NodeId{64}, one_byte)) << "somebody else's";
  EXPECT_TRUE(views_.keep(opened[0], NodeId{64}, one_byte)) << "instead of what it had";
  views_.forget(opened[1]);
  EXPECT_TRUE(views_.keep(more, NodeId{64}, quarter_));
}

TEST_F(ViewTexts, AreNotLimitedForRoot) {
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(views_.keep(open(0), NodeId{64}, quarter_));
}

TEST_F(ViewTexts, AreNotKeptForWhoHasClosedMeanwhile) {
  EXPECT_TRUE(views_.keep(HandleId{99}, NodeId{64}, quarter_));
  EXPECT_EQ(views_.text_of(HandleId{99}), nullptr);
}

}  // namespace
}  // namespace lockfs
