#include "tools/compat/lockerd_lines.h"

#include <algorithm>
#include <limits>

#include "core/config_values.h"
#include "core/words.h"
#include "tools/compat/text.h"

namespace lockfs::compat {
namespace {

using Words = std::vector<std::string_view>;

// One more than any line has that is understood.
constexpr std::size_t most_words = 6;

std::string word(const Words& words, std::size_t index) {
  return index < words.size() ? std::string(words[index]) : "";
}

std::optional<LockerdLine> parse_check(const Words& words) {
  // The last word says that the server knows DEAD_PID.
  if (words.size() != 5 || words[4] != "2") return std::nullopt;
  const auto pid = parse_number(words[3], 1, std::numeric_limits<pid_t>::max());
  if (!pid) return std::nullopt;
  return lockerd_line::Check{word(words, 1), word(words, 2), static_cast<pid_t>(*pid)};
}

}  // namespace

std::string render(const LockerdRequest& request, std::string_view command) {
  std::string text = "user " + request.user + "\nlocks " + join(request.locks) + "\n";
  if (command != "UNLOCK") text += "block 1\ntimeout 0\n";
  if (request.pid != 0) {
    text +=
        "autounlock 1\npid " + std::to_string(request.pid) + "\nhostname " + request.host + "\n";
  }
  return text + std::string(command) + "\n\nEOF\n\n";
}

std::optional<LockerdLine> parse_lockerd_line(std::string_view line) {
  const Words words = words_of(trimmed(line, " \t\r\f\v"), most_words);
  if (words.empty()) return std::nullopt;
  const auto& verb = words.front();
  if (verb == "print_waiting") return lockerd_line::Waiting{word(words, 1)};
  if (verb == "print_obtained") return lockerd_line::Obtained{};
  if (verb == "locked") return lockerd_line::Locked{word(words, 1) == "1"};
  if (verb == "lockname") return lockerd_line::LockName{word(words, 1)};
  if (verb == "error") return lockerd_line::Error{word(words, 1)};
  if (verb == "autounlock_check") return parse_check(words);
  if (verb == "lock" && words.size() == 3) {
    return lockerd_line::Held{word(words, 1), word(words, 2)};
  }
  return std::nullopt;
}

bool LineReader::add(std::string_view bytes) {
  total_ += bytes.size();
  text_.erase(0, read_);
  read_ = 0;
  text_ += bytes;
  // Before these bytes came, all complete lines had been taken.
  return total_ <= max_bytes &&
         text_.size() - std::min(text_.rfind('\n') + 1, text_.size()) <= max_line;
}

std::optional<std::string> LineReader::next() {
  const auto end = text_.find('\n', read_);
  if (end == std::string::npos) return std::nullopt;
  std::string line = text_.substr(read_, end - read_);
  read_ = end + 1;
  return line;
}

}  // namespace lockfs::compat
