// Whole files of a mount: read once, as one consistent snapshot. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <tl/expected.hpp>

namespace lockfs {

// How much a file of a mount may hold: far more than the largest status.
inline constexpr std::size_t max_view_bytes = std::size_t{1} << 30;

// The text of the file, or the errno of why it cannot be read; EFBIG beyond max_view_bytes.
tl::expected<std::string, int> read_file(const std::string& path);

// The same of what is left to read from a descriptor; EFBIG beyond `limit` bytes.
tl::expected<std::string, int> read_rest(int fd, std::size_t limit);

}  // namespace lockfs
