#include "tools/event_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "tools/errno_words.h"

namespace lockfs {

Result<EventStream> EventStream::open(const std::string& mount, std::uint64_t from, bool wait) {
  EventStream stream;
  stream.mount_ = mount;
  const int flags = O_RDONLY | O_CLOEXEC | (wait ? 0 : O_NONBLOCK);
  stream.fd_ = Descriptor(::open((mount + "/.events").c_str(), flags));
  if (!stream.fd_ || ::lseek(stream.fd_.get(), static_cast<off_t>(from), SEEK_SET) < 0) {
    return tl::make_unexpected(mount_failure(mount, errno));
  }
  return stream;
}

Result<int> EventStream::read(const Take& take) {
  std::string text;
  std::string chunk(65536, '\0');
  for (;;) {
    const ssize_t got = ::read(fd_.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 || (got < 0 && errno == EAGAIN)) return exit_status::success;
    if (got < 0) return tl::make_unexpected(mount_failure(mount_, errno));
    text.append(chunk, 0, static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
      if (!take(std::string_view(text).substr(begin, end - begin))) return exit_status::success;
      begin = end + 1;
    }
    text.erase(0, begin);
  }
}

}  // namespace lockfs
