// Random requests through lockerd's door: engine and naive model say the same to everybody,
// whatever pieces the bytes come in, and an engine that was saved and restored says it too.
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "core/engine.h"
#include "core/snapshot.h"
#include "tests/unit/engine/lockerd_model.h"

namespace lockfs {
namespace {

using model::Lockerd;

class Play {
 public:
  explicit Play(unsigned seed) : random_(seed), engine_(std::make_unique<Engine>(Policy{}, now_)) {
    for (int i = 1; i <= 8; ++i) connect(i);
  }

  void step() {
    now_ += static_cast<int>(below(4));
    const int connection = 1 + static_cast<int>(below(8));
    const auto dice = below(20);
    if (below(12) == 0) engine_ = Snapshot::save(*engine_).restore();
    ASSERT_NE(engine_, nullptr);
    if (dice == 0) return hang_up(connection);
    if (dice == 1) return expect(model_.tick(now_), [&] { apply(event::Tick{}); });
    if (model_.waits(connection)) return;
    dice < 14 ? lock(connection) : unlock(connection);
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  void apply(const Event& event) {
    Effects effects;
    engine_->apply(now_, event, effects);
    engine_->check();
  }

  void connect(int connection) {
    apply(event::Connected{ConnectionId{static_cast<std::uint64_t>(connection)}, Peer{}});
  }

  Lockerd::Request request() {
    Lockerd::Request request;
    request.user = "u" + std::to_string(below(5));
    const auto count = 1 + below(3);
    while (request.locks.size() < count) {
      const std::string name = "l" + std::to_string(below(5));
      if (std::find(request.locks.begin(), request.locks.end(), name) == request.locks.end()) {
        request.locks.push_back(name);
      }
    }
    request.block = below(3) != 0;
    request.limit = below(3) == 0 ? 1 + static_cast<int>(below(20)) : 0;
    return request;
  }

  static std::string lines(const Lockerd::Request& request, const std::string& command) {
    std::string text = "user " + request.user + "\nlocks";
    for (const auto& name : request.locks) text += " " + name;
    return text + "\nblock " + (request.block ? "1" : "0") + "\ntimeout " +
           std::to_string(request.limit) + "e-9\n" + command + "\r\n\n";
  }

  void say(int connection, std::string text) {
    const ConnectionId id{static_cast<std::uint64_t>(connection)};
    while (!text.empty()) {
      const auto size = 1 + below(text.size());
      apply(event::Received{id, text.substr(0, size)});
      text.erase(0, size);
    }
  }

  void lock(int connection) {
    const auto asked = request();
    expect(model_.lock(now_, connection, asked), [&] { say(connection, lines(asked, "LOCK")); });
  }

  void unlock(int connection) {
    const auto asked = request();
    expect(model_.unlock(now_, connection, asked),
           [&] { say(connection, lines(asked, "UNLOCK")); });
  }

  void hang_up(int connection) {
    expect(model_.hang_up(now_, connection), [&] {
      apply(event::Disconnected{ConnectionId{static_cast<std::uint64_t>(connection)}});
      connect(connection);
    });
  }

  template <class Act>
  void expect(const Lockerd::Said& said, Act act) {
    act();
    for (int connection = 1; connection <= 8; ++connection) {
      const ConnectionId id{static_cast<std::uint64_t>(connection)};
      const std::string heard = engine_->find_connection(id)->output;
      const auto expected = said.find(connection);
      ASSERT_EQ(heard, expected == said.end() ? "" : expected->second) << connection;
      if (!heard.empty()) apply(event::Written{id, static_cast<std::uint32_t>(heard.size())});
    }
  }

  std::mt19937 random_;
  int now_ = 1000;
  std::unique_ptr<Engine> engine_;
  Lockerd model_;
};

TEST(LockerdRandom, AgreesWithTheModel) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    Play play(seed);
    for (int i = 0; i < 150; ++i) {
      play.step();
      ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed << ", step " << i;
    }
  }
}

}  // namespace
}  // namespace lockfs
