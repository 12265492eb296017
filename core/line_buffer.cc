#include "core/line_buffer.h"

namespace lockfs {

void LineBuffer::append(std::string_view bytes) {
  text.erase(0, at);
  at = 0;
  text += bytes;
}

std::optional<std::string> LineBuffer::next() {
  const auto end = text.find('\n', at);
  if (end == std::string::npos) return std::nullopt;
  std::string line = text.substr(at, end - at);
  at = end + 1;
  return line;
}

bool LineBuffer::too_long() const {
  return size() > max_line && text.find('\n', at) == std::string::npos;
}

}  // namespace lockfs
