#include "tools/live_lines.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace lockfs {
namespace {

constexpr std::string_view ellipsis = "...";

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

// Some characters from U+0800 on are two columns wide: none is counted as less.
std::size_t columns_of(char first_byte) {
  return static_cast<unsigned char>(first_byte) >= 0xE0U ? 2 : 1;
}

// How many bytes fit into so many columns.
std::size_t fitting_bytes(std::string_view text, std::size_t columns) {
  std::size_t used = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (continues(text[i])) continue;
    used += columns_of(text[i]);
    if (used > columns) return i;
  }
  return text.size();
}

std::size_t rows_of(std::string_view line, std::size_t columns) {
  std::size_t used = 0;
  for (const char byte : line) used += continues(byte) ? 0 : columns_of(byte);
  return used == 0 ? 1 : (used + columns - 1) / columns;
}

}  // namespace

TerminalSize terminal_size() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return {};
  }
  return {size.ws_col, size.ws_row};
}

bool can_redraw() {
  const char* const terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) != 0 && terminal != nullptr && *terminal != '\0' &&
         std::string_view(terminal) != "dumb";
}

bool in_foreground() { return ::tcgetpgrp(STDERR_FILENO) == ::getpgrp(); }

std::string cut(std::string_view text, std::size_t columns) {
  if (fitting_bytes(text, columns) == text.size()) return std::string(text);
  const auto room = columns - std::min(columns, ellipsis.size());
  return std::string(text.substr(0, fitting_bytes(text, room))) +
         std::string(ellipsis.substr(0, columns));
}

void LiveLines::draw(const std::vector<std::string>& lines, TerminalSize size) {
  std::vector<std::string> wanted;
  wanted.reserve(lines.size());
  // A full last column would leave the cursor where terminals do not agree.
  for (const auto& line : lines) wanted.push_back(cut(line, size.columns - 1));
  wanted.resize(std::min(wanted.size(), size.rows - 1));
  if (wanted == drawn_) return;
  std::string text = go_back(size);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    text += (i == 0 ? "" : "\n") + wanted[i] + "\x1b[K";
  out_ << text << "\x1b[J" << std::flush;
  drawn_ = std::move(wanted);
}

void LiveLines::erase(TerminalSize size) {
  if (drawn_.empty()) return;
  out_ << go_back(size) << "\x1b[J" << std::flush;
  drawn_.clear();
}

void LiveLines::forget() { drawn_.clear(); }

std::string LiveLines::go_back(TerminalSize size) const {
  if (drawn_.empty()) return "";
  std::size_t rows = 0;
  for (const auto& line : drawn_) rows += rows_of(line, size.columns);
  return "\r" + (rows > 1 ? "\x1b[" + std::to_string(rows - 1) + "A" : "");
}

}  // namespace lockfs
