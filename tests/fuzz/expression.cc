// Names and expressions: what is read is within the limits, and written out again it is the same.
#include "core/expression.h"

#include <string>
#include <string_view>

#include "tests/fuzz/fuzz.h"

namespace lockfs::fuzz {
namespace {

std::string percent_encoded(const std::string& address) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (const char byte : address) {
    const auto value = static_cast<unsigned char>(byte);
    text += {'%', digits[value / 16U], digits[value % 16U]};
  }
  return text;
}

std::string written(const Term& term) {
  std::string text = term.name;
  if (term.address) {
    text += "@" + percent_encoded(*term.address);
  } else {
    text += "=" + std::to_string(term.count);
  }
  if (term.mode) text += *term.mode == Mode::shared ? "=shared" : "=exclusive";
  return text;
}

std::string written(const Expression& expression) {
  std::string text;
  for (const auto& all : expression.alternatives) {
    if (!text.empty()) text += ",";
    for (std::size_t i = 0; i < all.size(); ++i) text += (i == 0 ? "" : "+") + written(all[i]);
  }
  return text;
}

void check_terms(const Expression& expression) {
  std::size_t terms = 0;
  for (const auto& all : expression.alternatives) {
    terms += all.size();
    for (const auto& term : all) {
      require(valid_name(term.name), "a term has a name");
      require(term.count > 0, "a term is of one unit or more");
      require(!term.address || !term.address->empty(), "an address is not empty");
    }
  }
  require(terms > 0 && terms <= max_expression_terms, "an expression has 1 to 64 terms");
}

void check(std::string_view text) {
  const auto expression = parse_expression(text);
  require(!valid_name(text) || expression.has_value(), "a name is an expression");
  if (!expression) return;
  check_terms(*expression);
  const std::string again = written(*expression);
  if (again.size() <= max_expression_bytes) {
    require(parse_expression(again) == expression, "written out it is the same");
  }
}

}  // namespace
}  // namespace lockfs::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lockfs::fuzz::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
