#include "tools/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "fs/descriptor.h"

namespace lockfs {

tl::expected<std::string, int> read_rest(int fd, std::size_t limit) {
  std::string text;
  std::string chunk(65536, '\0');
  while (text.size() <= limit) {
    const ssize_t got = ::read(fd, chunk.data(), chunk.size());
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::make_unexpected(errno);
    text.append(chunk, 0, static_cast<std::size_t>(got));
  }
  return tl::make_unexpected(EFBIG);
}

tl::expected<std::string, int> read_file(const std::string& path) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return tl::make_unexpected(errno);
  return read_rest(fd.get(), max_view_bytes);
}

}  // namespace lockfs
