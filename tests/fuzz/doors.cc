// The socket doors: whatever bytes come, in whatever pieces, the engine's invariants hold, what it
// keeps for a connection stays in bounds, and one that was saved and restored is the same.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/snapshot.h"
#include "core/snapshot_codec.h"
#include "tests/fuzz/fuzz.h"

namespace lockfs::fuzz {
namespace {

std::vector<std::byte> encode(const Engine& engine) {
  std::vector<std::byte> room(std::size_t{1} << 22U);
  Encoder encoder(room);
  encoder(Snapshot::save(engine));
  require(encoder.ok(), "a snapshot is not endless");
  room.resize(encoder.size());
  return room;
}

class Doors {
 public:
  Doors() : engine_(policy(), 1) {
    for (std::uint64_t id = 1; id <= connections; ++id) {
      Peer peer;
      peer.protocol = id % 2 == 0 ? Protocol::mutexdaemon : Protocol::lockerd;
      peer.uid = id <= 2 ? 0 : 1000;
      apply(event::Connected{ConnectionId{id}, peer});
    }
  }

  // The first byte of each piece says for whom it is, and how long.
  void play(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto first = static_cast<unsigned char>(bytes[0]);
      const ConnectionId id{1 + first % connections};
      const std::string_view piece = bytes.substr(1, 1 + first / connections);
      bytes.remove_prefix(std::min(bytes.size(), 1 + piece.size()));
      apply(event::Received{id, std::string(piece)});
      write(id);
    }
    const auto saved = encode(engine_);
    const auto restored = Snapshot::save(engine_).restore();
    require(restored != nullptr, "what was saved can be restored");
    require(encode(*restored) == saved, "and is the same");
  }

 private:
  static constexpr std::uint64_t connections = 4;

  static Policy policy() {
    Policy policy;
    policy.locks = {{"b", LockKind::board, {"x", "y"}, {}, 0, ""}};
    policy.admins = {false, {}};
    return policy;
  }

  void apply(const Event& event) {
    Effects effects;
    engine_.apply(++now_, event, effects);
    engine_.check();
  }

  void write(ConnectionId id) {
    const Connection* connection = engine_.find_connection(id);
    if (connection == nullptr) return;
    const auto size = static_cast<std::uint32_t>(connection->output.size());
    require(size < 2 * Connection::max_output, "answers are in bounds");
    if (size > 0) apply(event::Written{id, size});
  }

  Engine engine_;
  WallTime now_ = 1;
};

}  // namespace
}  // namespace lockfs::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lockfs::fuzz::Doors().play(
      {reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 4096)});
  return 0;
}
