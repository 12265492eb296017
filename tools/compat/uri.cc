#include "tools/compat/uri.h"

#include <cctype>
#include <charconv>
#include <optional>

namespace lockfs::compat {
namespace {

constexpr std::string_view own_name = "uriexec ";
constexpr int max_levels = 100;

std::optional<char> hexadecimal(std::string_view digits) {
  unsigned value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, 16);
  if (digits.size() != 2 || error != std::errc() || stop != end) return std::nullopt;
  return static_cast<char>(value);
}

// Where a nested uriexec's own arguments begin; npos if there is none.
std::size_t nested(const std::string& text) {
  const auto at = text.find(own_name);
  if (at == std::string::npos) return at;
  const bool begins_a_word = at == 0 || std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0;
  return begins_a_word ? at + own_name.size() : std::string::npos;
}

std::string show_level(std::string_view text, int level) {
  std::string decoded = uri_decode(text);
  const auto inner = level < max_levels ? nested(decoded) : std::string::npos;
  if (inner != std::string::npos) {
    decoded = decoded.substr(0, inner) + show_level(decoded.substr(inner), level + 1);
  }
  const std::string number = std::to_string(level);
  return "{" + number + "{ " + decoded + " }" + number + "}";
}

}  // namespace

std::string uri_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const auto byte = text[i] == '%' ? hexadecimal(text.substr(i + 1, 2)) : std::nullopt) {
      out += *byte;
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string uri_show(std::string_view text) { return show_level(text, 1); }

}  // namespace lockfs::compat
