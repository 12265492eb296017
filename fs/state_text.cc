#include "fs/state_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "fs/mark_text.h"

namespace lockfs {
namespace {

constexpr std::string_view first_line = "lockfs-state 1\n";
constexpr std::string_view token_key = "token ";
constexpr std::string_view sum_key = "sum ";

std::string to_hex(std::uint64_t number) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
  return text.data();
}

std::string hash(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325U;
  for (const char byte : text) value = (value ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  return to_hex(value);
}

bool starts_with(std::string_view text, std::string_view beginning) {
  return text.substr(0, beginning.size()) == beginning;
}

std::optional<Token> parse_token(std::string_view digits) {
  Token token = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), token);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  return whole && token <= max_token ? std::optional(token) : std::nullopt;
}

// The lines between the first and the sum; nothing if these two are not as they must be.
std::optional<std::string_view> checked_lines(std::string_view text) {
  const std::size_t sum_size = sum_key.size() + hash({}).size() + 1;
  if (text.size() < first_line.size() + sum_size || !starts_with(text, first_line)) return {};
  const auto before = text.substr(0, text.size() - sum_size);
  const auto last = text.substr(before.size());
  if (last != std::string(sum_key) + hash(before) + "\n" || before.back() != '\n') return {};
  return before.substr(first_line.size());
}

bool is_plain(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || byte == '.' || byte == '_';
}

std::string escape(std::string_view path) {
  std::string out;
  for (const char byte : path) {
    if (byte == '/') {
      out += '-';
    } else if (is_plain(byte)) {
      out += byte;
    } else {
      out += '%';
      out += to_hex(static_cast<unsigned char>(byte)).substr(14);
    }
  }
  return out;
}

}  // namespace

std::string state_to_text(const State& state) {
  std::string text(first_line);
  text += std::string(token_key) + std::to_string(state.token_mark) + "\n";
  for (const auto& placed : state.marks) text += mark_to_line(placed) + "\n";
  for (const auto& line : state.others) text += line + "\n";
  return text + std::string(sum_key) + hash(text) + "\n";
}

std::optional<State> parse_state(std::string_view text) {
  auto lines = checked_lines(text);
  if (!lines) return std::nullopt;
  State state;
  std::optional<Token> mark;
  while (!lines->empty()) {
    const auto line = lines->substr(0, lines->find('\n'));
    lines->remove_prefix(line.size() + 1);
    if (auto placed = parse_mark(line)) {
      state.marks.push_back(std::move(*placed));
    } else if (!starts_with(line, token_key)) {
      state.others.emplace_back(line);
    } else if (mark = parse_token(line.substr(token_key.size())); !mark) {
      return std::nullopt;
    }
  }
  if (!mark) return std::nullopt;
  state.token_mark = *mark;
  return state;
}

// The hash follows a "%" that no hexadecimal digit follows, so no short name looks so.
std::string state_file_name(std::string_view mount_point) {
  constexpr std::size_t longest = 200;
  constexpr std::size_t tail = 150;
  const auto path = mount_point.substr(starts_with(mount_point, "/") ? 1 : 0);
  std::string name = path.empty() ? "-" : escape(path);
  if (name.size() > longest) {
    name = "%long-" + hash(path) + "-" + name.substr(name.size() - tail);
  }
  return name + ".state";
}

}  // namespace lockfs
