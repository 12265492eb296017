// A few lines at the bottom of a terminal that are drawn anew in place, and leave nothing behind.
//
// Each is cut to the terminal's width, so that none wraps. While the program is not in the
// terminal's foreground nothing is drawn. One thread.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace lockfs {

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

// Of the terminal that is stderr; the usual one's if it does not say.
TerminalSize terminal_size();
// Whether stderr is a terminal that can move its cursor.
bool can_redraw();
// Whether this program is in the foreground of the terminal that is stderr.
bool in_foreground();

// At most so many columns of UTF-8 text; what is cut away shows as "...".
std::string cut(std::string_view text, std::size_t columns);

class LiveLines {
 public:
  explicit LiveLines(std::ostream& out) : out_(out) {}

  // Replaces what is there; no more lines than fit on a terminal of that size.
  void draw(const std::vector<std::string>& lines, TerminalSize size);
  void erase(TerminalSize size);
  // Somebody else has written since: what was drawn stays where it is.
  void forget();

 private:
  // The cursor to the beginning of the first line. On a terminal that has become narrower the lines
  // have been wrapped meanwhile.
  std::string go_back(TerminalSize size) const;

  std::ostream& out_;
  std::vector<std::string> drawn_;
};

}  // namespace lockfs
