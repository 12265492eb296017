#include "fs/mark_text.h"

#include <charconv>

#include "core/expression.h"

namespace lockfs {
namespace {

constexpr std::string_view offline_word = "offline";
constexpr std::string_view failed_word = "failed";
constexpr std::string_view drain_word = "drain";

std::string_view next_word(std::string_view& line) {
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), word.size() + 1));
  return word;
}

template <class Number>
bool read_number(std::string_view digits, Number& number) {
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
  return error == std::errc{} && end == digits.end();
}

// Where it stands: NAME@ADDRESS, or NAME.
bool read_place(std::string_view verb, std::string_view place, PlacedMark& placed) {
  const auto at = place.find('@');
  placed.lock = place.substr(0, at);
  if (at != std::string_view::npos) placed.unit = decode_address(place.substr(at + 1));
  placed.mark.by_check = verb == failed_word;
  const bool of_unit = verb == offline_word || verb == failed_word;
  return valid_name(placed.lock) && (of_unit || verb == drain_word) &&
         of_unit == placed.unit.has_value() &&
         placed.unit.has_value() == (at != std::string_view::npos);
}

}  // namespace

std::string mark_to_line(const PlacedMark& placed) {
  const auto& [lock, unit, mark] = placed;
  std::string line(!unit ? drain_word : mark.by_check ? failed_word : offline_word);
  line += " " + lock + (unit ? "@" + encode_address(*unit) : "");
  line += " " + std::to_string(mark.by) + " " + std::to_string(mark.since);
  return mark.reason.empty() ? line : line + " " + encode_address(mark.reason);
}

std::optional<PlacedMark> parse_mark(std::string_view line) {
  PlacedMark placed;
  const auto verb = next_word(line);
  const auto place = next_word(line);
  if (!read_place(verb, place, placed)) return std::nullopt;
  if (!read_number(next_word(line), placed.mark.by)) return std::nullopt;
  if (!read_number(next_word(line), placed.mark.since)) return std::nullopt;
  if (line.empty()) return placed;
  const auto reason = decode_address(line);
  if (!reason || reason->size() > max_reason_bytes) return std::nullopt;
  placed.mark.reason = *reason;
  return placed;
}

}  // namespace lockfs
