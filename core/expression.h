// Lock expressions, as they stand in file names:
//
//     expression = all { "," all }             the first that can be had
//     all        = term { "+" term }           all of them, or nothing yet
//     term       = NAME [ "@" ADDRESS | "=" N ] [ "=shared" | "=exclusive" ]
//
// In an ADDRESS everything but [A-Za-z0-9._:-] is percent-encoded. Pure values; what the names
// stand for is the engine's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/types.h"

namespace lockfs {

inline constexpr std::size_t max_name_bytes = 100;
inline constexpr std::size_t max_expression_bytes = 1024;  // the kernel's limit for a name
inline constexpr std::size_t max_expression_terms = 64;

// Whether `name` can be a lock's: [A-Za-z0-9_][A-Za-z0-9._-]*, at most 100 bytes, no view's name.
bool valid_name(std::string_view name);

struct Term {
  std::string name;
  std::optional<std::string> address;  // decoded; exactly this unit
  std::uint32_t count = 1;             // that many units
  std::optional<Mode> mode;            // absent: as the request says
  friend bool operator==(const Term&, const Term&) = default;
};

using AllOf = std::vector<Term>;

struct Expression {
  std::vector<AllOf> alternatives;
  friend bool operator==(const Expression&, const Expression&) = default;
};

// An address as it is written in an expression, and back; nothing if it is malformed.
std::string encode_address(std::string_view address);
std::optional<std::string> decode_address(std::string_view text);

// Nothing if the text is malformed, too long, or names one lock twice in one all-of.
std::optional<Expression> parse_expression(std::string_view text);

}  // namespace lockfs
