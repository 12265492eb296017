// Lines out of a stream of bytes, in bounds: what came in but was not taken yet. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lockfs {

struct LineBuffer {
  static constexpr std::size_t max_line = 8192;

  std::string text;
  std::size_t at = 0;  // what stands before it is taken

  void append(std::string_view bytes);
  // The next line, without its end; nothing if it has not come wholly.
  std::optional<std::string> next();
  std::size_t size() const { return text.size() - at; }
  // What is there begins a line that is longer than anybody may send.
  bool too_long() const;
};

}  // namespace lockfs
