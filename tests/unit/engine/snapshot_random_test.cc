// Whatever was done through whichever doors, at any time: what was saved can be restored, is the
// same when it is saved again, and goes on as the engine does.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "core/snapshot.h"
#include "tests/unit/engine/random_events.h"
#include "tests/unit/engine/saved_engine.h"

namespace lockfs {
namespace {

// Events of the mount, and of connections to the sockets between them.
class Doors {
 public:
  explicit Doors(unsigned seed)
      : random_(seed), engine_(random_policies()[seed % 10], now_), events_(seed, engine_) {}

  Event next() { return below(4) == 0 ? by_socket() : events_.next(); }
  void apply(const Event& event) {
    Effects effects;
    engine_.apply(++now_, event, effects);
    events_.learn(effects);
  }
  const Engine& engine() const { return engine_; }
  WallTime now() const { return now_; }
  std::size_t below(std::size_t limit) { return random_() % limit; }

 private:
  static constexpr std::uint64_t connections = 6;

  Event by_socket() {
    const ConnectionId id{1 + below(connections)};
    const Connection* connection = engine_.find_connection(id);
    if (connection == nullptr) return event::Connected{id, peer(id)};
    const auto unwritten = static_cast<std::uint32_t>(connection->output.size());
    if (unwritten > 0 && below(2) == 0) {
      return event::Written{id, 1 + static_cast<std::uint32_t>(below(unwritten))};
    }
    const auto dice = below(20);
    if (dice == 0) return event::Disconnected{id};
    if (dice == 1) return event::Reattached{{id, ConnectionId{1 + below(connections)}}};
    if (dice == 2) return event::Identified{id, below(2) == 0 ? 0U : 1000U};
    const auto& parties = engine_.remotes().parties();
    if (dice == 3 && !parties.empty()) return event::ProcessSeen{parties.begin()->first, 5};
    if (dice == 4 && !parties.empty()) return event::ProcessDied{parties.begin()->first};
    return event::Received{id, words(connection->peer.protocol)};
  }

  Peer peer(ConnectionId id) {
    Peer peer;
    peer.protocol =
        static_cast<std::uint64_t>(id) % 3 == 0 ? Protocol::mutexdaemon : Protocol::lockerd;
    peer.uid = below(2) == 0 ? unknown_uid : 1000;
    peer.host = below(2) == 0 ? "" : "10.0.0.7";
    return peer;
  }

  std::string words(Protocol protocol) {
    static const std::vector<std::string> lockerd{
        "user u1\n",    "user u2\n",    "locks a b\n",    "locks board\n",  "locks d0 d1\n",
        "block 1\n",    "block 0\n",    "timeout 9e-9\n", "autounlock 1\n", "pid 4711\n",
        "hostname h\n", "LOCK\n",       "LOCK\n",         "LOCK\nUNLOCK\n", "UNLOCK\n",
        "STATUS\n",     "BREAK_LOCK\n", "LOCK_LIST\n",    "EOF\n",          "LO"};
    static const std::vector<std::string> mutexdaemon{"setuid 1000\n",
                                                      "setuid 1000\n",
                                                      "boardrequest board\n",
                                                      "boardrequest board\n",
                                                      "userrequest board\n",
                                                      "instanceoffline\n",
                                                      "reloadmutex\n",
                                                      "bye\n",
                                                      "board"};
    const auto& all = protocol == Protocol::lockerd ? lockerd : mutexdaemon;
    return all[below(all.size())];
  }

  std::mt19937 random_;
  WallTime now_ = 1000;
  Engine engine_;
  RandomEvents events_;
};

TEST(SnapshotRandom, IsTheEngineWhateverWasDone) {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    Doors doors(seed);
    std::unique_ptr<Engine> other;
    for (int i = 0; i < 200; ++i) {
      const Event event = doors.next();
      doors.apply(event);
      if (other) {
        Effects effects;
        other->apply(doors.now(), event, effects);
        ASSERT_EQ(save(*other), save(doors.engine())) << "seed " << seed << ", event " << i;
      }
      if (doors.below(8) != 0) continue;
      other = Snapshot::save(doors.engine()).restore();
      ASSERT_NE(other, nullptr) << "seed " << seed << ", event " << i;
      ASSERT_EQ(save(*other), save(doors.engine())) << "seed " << seed << ", event " << i;
      other->check();
    }
  }
}

}  // namespace
}  // namespace lockfs
