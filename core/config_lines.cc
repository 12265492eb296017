#include "core/config_lines.h"

#include <ini.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "core/words.h"

namespace lockfs {
namespace {

constexpr std::string_view line_blanks = " \t";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_control(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return (value < ' ' && byte != '\t') || value == 0x7F;
}

bool is_empty_or_comment(std::string_view line) {
  return line.empty() || line[0] == ';' || line[0] == '#';
}

// inih's rule: a ";" after a blank starts a comment.
bool has_inline_comment(std::string_view line) {
  return line.find(" ;") != std::string_view::npos || line.find("\t;") != std::string_view::npos;
}

class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) { raw_.sections.emplace_back(); }
  RawConfig read();

 private:
  static char* next_line(char* buffer, int size, void* self);
  static int take_entry(void* self, const char* section, const char* name, const char* value);

  void fault(std::string message) { raw_.faults.push_back({line_, std::move(message)}); }
  std::string_view cut_line();
  std::string for_inih(std::string_view line, std::size_t limit);
  std::string open_section(std::string_view heading);
  void refuse_unread_line();

  std::string_view rest_;
  int line_ = 0;
  std::string_view unread_;  // the line given to inih, until inih makes a key and a value of it
  RawConfig raw_;
};

RawConfig LineReader::read() {
  if (rest_.size() > max_config_bytes) {
    fault("the configuration is larger than 16 MiB");
    return std::move(raw_);
  }
  if (rest_.substr(0, byte_order_mark.size()) == byte_order_mark) {
    rest_.remove_prefix(byte_order_mark.size());
  }
  ini_parse_stream(&LineReader::next_line, this, &LineReader::take_entry, this);
  return std::move(raw_);
}

char* LineReader::next_line(char* buffer, int size, void* self) {
  auto& reader = *static_cast<LineReader*>(self);
  reader.refuse_unread_line();
  if (reader.rest_.empty()) return nullptr;
  const std::size_t limit = std::min(max_config_line_bytes, static_cast<std::size_t>(size) - 1);
  const std::string line = reader.for_inih(reader.cut_line(), limit);
  std::memcpy(buffer, line.c_str(), line.size() + 1);
  return buffer;
}

std::string_view LineReader::cut_line() {
  ++line_;
  const auto end = std::min(rest_.find('\n'), rest_.size());
  auto line = rest_.substr(0, end);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return trimmed(line, line_blanks);
}

// What inih gets to see: the line, an alias for a heading, or nothing.
std::string LineReader::for_inih(std::string_view line, std::size_t limit) {
  const auto control = std::find_if(line.begin(), line.end(), is_control);
  if (control != line.end()) {
    fault("the line has a control character, " + quote({control, 1}));
    return {};
  }
  if (is_empty_or_comment(line)) return {};
  if (line.size() > limit) {
    fault("the line is longer than " + std::to_string(limit) + " bytes");
    return {};
  }
  if (line[0] == '[') return open_section(line);
  unread_ = line;
  return std::string(line);
}

std::string LineReader::open_section(std::string_view heading) {
  if (raw_.sections.size() > max_config_sections) {
    raw_ = {.sections = {RawSection{}}, .faults = {}};
    fault("more than " + std::to_string(max_config_sections) + " sections");
    rest_ = {};
    return {};
  }
  RawSection section{.line = line_, .name = {}, .entries = {}};
  const auto end = heading.find(']');
  if (end == std::string_view::npos) {
    fault("no \"]\": the heading of a section is written [NAME]");
  } else {
    section.name = heading.substr(1, end - 1);
    const auto behind = trimmed(heading.substr(end + 1), line_blanks);
    if (!is_empty_or_comment(behind)) fault("unexpected text behind \"]\": " + quote(behind));
  }
  raw_.sections.push_back(std::move(section));
  return "[" + std::to_string(raw_.sections.size() - 1) + "]";
}

// inih goes on past a line it cannot read, and tells of the first one only.
void LineReader::refuse_unread_line() {
  if (!unread_.empty()) fault("expected KEY = VALUE or [NAME], found " + quote(unread_));
  unread_ = {};
}

int LineReader::take_entry(void* self, const char* section, const char* name, const char* value) {
  auto& reader = *static_cast<LineReader*>(self);
  std::size_t index = 0;  // inih's name for what stands before the first heading is empty
  std::from_chars(section, section + std::strlen(section), index);
  reader.raw_.sections[index].entries.push_back(
      {reader.line_, name, value, has_inline_comment(reader.unread_)});
  reader.unread_ = {};
  return 1;
}

// Debian's inih keeps its limits in variables. Without this it would cut lines at 197 bytes.
void widen_inih_lines() {
  static const bool widened = [] {
    ini_max_line = static_cast<int>(max_config_line_bytes) + 3;
    return true;
  }();
  static_cast<void>(widened);
}

}  // namespace

RawConfig read_config_lines(std::string_view text) {
  widen_inih_lines();
  return LineReader(text).read();
}

}  // namespace lockfs
