#include "tools/paint.h"

#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <string_view>

namespace lockfs {
namespace {

constexpr std::string_view bold = "1";
constexpr std::string_view red = "31";
constexpr std::string_view green = "32";
constexpr std::string_view yellow = "33";
constexpr std::string_view faint = "2";

std::string in(std::string_view colour, std::string_view text) {
  return "\x1b[" + std::string(colour) + "m" + std::string(text) + "\x1b[0m";
}

std::string_view colour_of(std::string_view state) {
  if (state == "free") return green;
  if (state == "held") return bold;
  if (state == "waiting" || state == "draining") return yellow;
  if (state == "offline" || state == "unreachable" || state == "cleaning") return red;
  return faint;
}

std::string paint_state(const std::string& line, std::size_t column) {
  const auto end = line.find(' ', column);
  if (column >= line.size() || end == std::string::npos) return line;
  const auto state = line.substr(column, end - column);
  return line.substr(0, column) + in(colour_of(state), state) + line.substr(end);
}

bool is_set(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

bool wants_colours() {
  const char* const terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return ::isatty(STDOUT_FILENO) != 0 && !is_set("NO_COLOR") && !dumb;
}

std::string paint(const std::string& table) {
  std::istringstream lines(table);
  std::string painted;
  std::string line;
  if (!std::getline(lines, line)) return table;
  painted += in(bold, line) + "\n";
  const auto column = line.find(" STATE ");
  while (std::getline(lines, line)) {
    painted += (column == std::string::npos ? line : paint_state(line, column + 1)) + "\n";
  }
  return painted;
}

}  // namespace lockfs
