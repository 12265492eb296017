// A value as the journal writes it, for tests.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <span>
#include <vector>

#include "core/codec.h"

namespace lockfs {

// It has at most so many bytes.
template <class T>
std::vector<std::byte> encoded(const T& value, std::size_t most = std::size_t{1} << 16U) {
  static std::vector<std::byte> room;  // new memory each time costs more than the encoding
  if (room.size() < most) room.resize(most);
  const std::span<std::byte> bytes(room.data(), most);
  Encoder encoder(bytes);
  encoder(value);
  EXPECT_TRUE(encoder.ok());
  return {room.begin(), room.begin() + static_cast<std::ptrdiff_t>(encoder.size())};
}

}  // namespace lockfs
