#include "tests/unit/engine/saved_engine.h"

#include <cstdint>

#include "core/snapshot_codec.h"
#include "tests/unit/encoded.h"

namespace lockfs {

std::vector<std::byte> save(const Engine& engine) {
  return encoded(Snapshot::save(engine), 1U << 20U);
}

std::unique_ptr<Engine> restore(std::span<const std::byte> bytes) {
  Snapshot image;
  Decoder decoder(bytes);
  decoder(image);
  return decoder.ok() ? image.restore() : nullptr;
}

OwnerKey open_and_lock(Engine& engine, const char* text, Mode mode) {
  static std::uint64_t request = 0;
  Effects effects;
  engine.apply(1, event::Intern{text}, effects);
  const NodeId node = engine.find_node(text).value();
  engine.apply(2, event::Open{RequestId{++request}, FileKind::lock, node, {}}, effects);
  const HandleId handle = effects.answers.back().handle;
  const OwnerKey owner{Via::flock, node, static_cast<std::uint64_t>(handle)};
  engine.apply(3, event::Acquire{RequestId{++request}, handle, owner, mode, true, 1}, effects);
  return owner;
}

}  // namespace lockfs
