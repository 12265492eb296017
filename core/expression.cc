#include "core/expression.h"

#include <algorithm>
#include <charconv>

#include "core/words.h"

namespace lockfs {
namespace {

bool is_name_byte(char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; }

bool is_address_byte(char c) { return is_name_byte(c) || c == ':'; }

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<char> decode_percent(std::string_view digits) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value, 16);
  if (digits.size() != 2 || error != std::errc{} || end != digits.end()) return std::nullopt;
  return value == 0 ? std::nullopt : std::optional(static_cast<char>(value));
}

std::optional<Mode> parse_mode(std::string_view word) {
  if (word == "shared") return Mode::shared;
  if (word == "exclusive") return Mode::exclusive;
  return std::nullopt;
}

std::optional<std::uint32_t> parse_count(std::string_view digits) {
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), count);
  if (error != std::errc{} || end != digits.end() || count == 0) return std::nullopt;
  return count;
}

// The words after NAME, each behind a '=': at most a count and then at most a mode.
bool read_settings(Term& term, const std::vector<std::string_view>& words) {
  std::size_t next = 1;
  if (next < words.size() && !term.address) {
    if (const auto count = parse_count(words[next])) {
      term.count = *count;
      ++next;
    }
  }
  if (next < words.size()) {
    term.mode = parse_mode(words[next]);
    if (!term.mode) return false;
    ++next;
  }
  return next == words.size();
}

std::optional<Term> parse_term(std::string_view text) {
  const auto words = split(text, '=');
  const auto at = words[0].find('@');
  Term term;
  term.name = words[0].substr(0, at);
  if (!valid_name(term.name)) return std::nullopt;
  if (at != std::string_view::npos) {
    term.address = decode_address(words[0].substr(at + 1));
    if (!term.address) return std::nullopt;
  }
  if (!read_settings(term, words)) return std::nullopt;
  return term;
}

std::optional<AllOf> parse_all(std::string_view text) {
  AllOf all;
  for (const auto part : split(text, '+')) {
    auto term = parse_term(part);
    if (!term) return std::nullopt;
    const auto same = [&](const Term& other) { return other.name == term->name; };
    if (std::any_of(all.begin(), all.end(), same)) return std::nullopt;
    all.push_back(std::move(*term));
  }
  return all;
}

}  // namespace

std::string encode_address(std::string_view address) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (const char byte : address) {
    const auto code = static_cast<unsigned char>(byte);
    if (is_address_byte(byte)) {
      text += byte;
    } else {
      text += {'%', digits[code >> 4U], digits[code & 15U]};
    }
  }
  return text;
}

std::optional<std::string> decode_address(std::string_view text) {
  std::string address;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_address_byte(text[i])) {
      address += text[i];
      continue;
    }
    const auto byte = text[i] == '%' ? decode_percent(text.substr(i + 1, 2)) : std::nullopt;
    if (!byte) return std::nullopt;
    address += *byte;
    i += 2;
  }
  return address.empty() ? std::nullopt : std::optional(address);
}

bool valid_name(std::string_view name) {
  if (name.empty() || name.size() > max_name_bytes) return false;
  if (!is_alnum(name[0]) && name[0] != '_') return false;
  if (name == "status" || name == "status.json") return false;
  return std::all_of(name.begin(), name.end(), is_name_byte);
}

std::optional<Expression> parse_expression(std::string_view text) {
  if (text.size() > max_expression_bytes) return std::nullopt;
  Expression expression;
  std::size_t terms = 0;
  for (const auto part : split(text, ',')) {
    auto all = parse_all(part);
    if (!all) return std::nullopt;
    terms += all->size();
    expression.alternatives.push_back(std::move(*all));
  }
  if (terms > max_expression_terms) return std::nullopt;
  return expression;
}

}  // namespace lockfs
