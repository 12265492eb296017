// The number of the format in which the journal is written, and what its fields can be (codec.h).
#pragma once

#include <cstdint>
#include <type_traits>

// Tests build a lockfs that still writes the format before (tests/CMakeLists.txt).
#ifndef LOCKFS_FORMAT
#define LOCKFS_FORMAT 4
#endif

namespace lockfs {

inline constexpr std::uint32_t current_format = LOCKFS_FORMAT;
inline constexpr std::uint32_t oldest_format = 3;

// What `fields` takes: const for an archive that only looks.
template <class Archive, class T>
using FieldsOf = std::conditional_t<Archive::reads, T, const T>;

template <class T>
concept Plain = std::is_arithmetic_v<T> || std::is_enum_v<T>;

}  // namespace lockfs
