// The last line of an output that is not empty, as far as it is to be shown. Bounded, whatever is
// written.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lockfs {

class LastLine {
 public:
  explicit LastLine(std::size_t limit) : limit_(limit) {}

  void add(std::string_view bytes) {
    for (const char byte : bytes) {
      if (byte == '\n' || byte == '\r') {
        end_line();
      } else if (line_.size() < limit_) {
        line_ += byte;
      }
    }
  }
  const std::string& text() const { return is_blank(line_) ? last_ : line_; }

 private:
  static bool is_blank(const std::string& line) {
    return line.find_first_not_of(" \t") == std::string::npos;
  }
  void end_line() {
    if (!is_blank(line_)) last_ = line_;
    line_.clear();
  }

  std::size_t limit_;
  std::string line_;  // the one that is being written
  std::string last_;
};

}  // namespace lockfs
