// Engines that are saved and restored: something to save, the bytes of it, what comes of those.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/engine.h"

namespace lockfs {

std::vector<std::byte> save(const Engine& engine);
// nullptr: it was refused.
std::unique_ptr<Engine> restore(std::span<const std::byte> bytes);

// Opens what `text` names and asks for it; the descriptor's owner.
OwnerKey open_and_lock(Engine& engine, const char* text, Mode mode);

}  // namespace lockfs
