// What a configuration value must look like, one question each. Pure; any thread.
// (parse_duration and duration_text are declared in core/config.h.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lockfs {

// A whole number in decimal digits, from `least` to `most`.
std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t least,
                                          std::uint32_t most);

// Well-formed UTF-8 without control characters: JSON and terminals take nothing else.
bool is_plain_utf8(std::string_view text);

// No blanks, and not inside quotation marks (which the format does not know and would keep).
bool is_word(std::string_view text);

bool is_absolute_path(std::string_view text);
bool is_socket_path(std::string_view text);  // absolute, and short enough for sockaddr_un

// HOST:PORT, with brackets round an IPv6 address; "*" is every address of this host.
bool is_host_and_port(std::string_view text);

// An IP address, or a network as ADDRESS/BITS.
bool is_network(std::string_view text);

}  // namespace lockfs
