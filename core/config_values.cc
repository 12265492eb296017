#include "core/config_values.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>

#include "core/config.h"
#include "core/words.h"

namespace lockfs {
namespace {

constexpr std::uint32_t max_duration_seconds = 365 * 24 * 60 * 60;

bool is_ip(int family, std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> address;
  return inet_pton(family, std::string(text).c_str(), address.data()) == 1;
}

bool is_host(std::string_view text) {
  if (text == "*") return true;
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    return is_ip(AF_INET6, text.substr(1, text.size() - 2));
  }
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char byte) {
    return is_alnum(byte) || byte == '.' || byte == '-';
  });
}

std::optional<std::uint32_t> seconds_in(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 60 * 60;
    case 'd':
      return 24 * 60 * 60;
    default:
      return std::nullopt;
  }
}

// How many bytes follow the first one of a character; nothing if no character starts so.
std::optional<std::size_t> continuation_bytes(unsigned char lead) {
  if (lead < 0x80) return 0;
  if (lead >= 0xC2 && lead < 0xE0) return 1;
  if (lead >= 0xE0 && lead < 0xF0) return 2;
  if (lead >= 0xF0 && lead < 0xF5) return 3;
  return std::nullopt;
}

// Rules out spellings longer than needed, surrogates, what lies beyond Unicode, and controls.
bool is_valid_character(char32_t character, std::size_t continued) {
  constexpr std::array<char32_t, 4> least = {0x20, 0xA0, 0x800, 0x10000};
  if (character == '\t') return true;
  const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
  return character >= least[continued] && character != 0x7F && !surrogate && character <= 0x10FFFF;
}

// The number of bytes of the well-formed character at the start of `text`; 0 if there is none.
std::size_t character_size(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const auto continued = continuation_bytes(lead);
  if (!continued || text.size() <= *continued) return 0;
  char32_t character = *continued == 0 ? lead : lead & (0x3Fu >> *continued);
  for (const char byte : text.substr(1, *continued)) {
    const auto value = static_cast<unsigned char>(byte);
    if ((value & 0xC0u) != 0x80u) return 0;
    character = character << 6u | (value & 0x3Fu);
  }
  return is_valid_character(character, *continued) ? *continued + 1 : 0;
}

}  // namespace

std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t least,
                                          std::uint32_t most) {
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < least || number > most) return std::nullopt;
  return number;
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto unit = seconds_in(text.back());
  if (unit) text.remove_suffix(1);
  const auto factor = unit.value_or(1);
  const auto number = parse_number(text, 1, max_duration_seconds / factor);
  if (!number) return std::nullopt;
  return std::chrono::seconds(*number * factor);
}

std::string duration_text(std::chrono::seconds duration) {
  for (const char unit : {'d', 'h', 'm'}) {
    const auto factor = *seconds_in(unit);
    if (duration.count() % factor == 0) return std::to_string(duration.count() / factor) + unit;
  }
  return std::to_string(duration.count()) + "s";
}

bool is_plain_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto size = character_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

bool is_word(std::string_view text) {
  if (text.empty() || text.find_first_of(" \t") != std::string_view::npos) return false;
  return text.front() != text.back() || (text.front() != '"' && text.front() != '\'');
}

bool is_absolute_path(std::string_view text) { return !text.empty() && text[0] == '/'; }

bool is_socket_path(std::string_view text) {
  return is_absolute_path(text) && text.size() < sizeof(sockaddr_un::sun_path);
}

bool is_host_and_port(std::string_view text) {
  const auto colon = text.rfind(':');
  return colon != std::string_view::npos && is_host(text.substr(0, colon)) &&
         parse_number(text.substr(colon + 1), 1, 65535).has_value();
}

bool is_network(std::string_view text) {
  const auto slash = std::min(text.find('/'), text.size());
  const auto address = text.substr(0, slash);
  const bool v4 = is_ip(AF_INET, address);
  if (!v4 && !is_ip(AF_INET6, address)) return false;
  return slash == text.size() || parse_number(text.substr(slash + 1), 0, v4 ? 32 : 128).has_value();
}

}  // namespace lockfs
