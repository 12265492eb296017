#include "tests/unit/engine/transcript_line.h"

#include <cctype>
#include <chrono>
#include <sstream>

#include "core/config.h"

namespace lockfs {

TranscriptLine::TranscriptLine(const std::string& text) : text_(text) {
  std::istringstream in(text);
  for (std::string word; in >> word;) words_.push_back(word);
}

std::string TranscriptLine::text_behind(std::size_t words) const {
  std::size_t at = 0;
  for (std::size_t i = 0; i < words; ++i) at = text_.find(words_.at(i), at) + words_[i].size();
  return at < text_.size() ? text_.substr(at + 1) : std::string();
}

bool TranscriptLine::has(const std::string& name) const {
  for (const auto& word : words_) {
    if (word == name) return true;
  }
  return false;
}

std::string TranscriptLine::option(const std::string& name) const {
  for (std::size_t i = 0; i + 1 < words_.size(); ++i) {
    if (words_[i] == name) return words_[i + 1];
  }
  return {};
}

std::string TranscriptLine::label() const {
  const std::string number = option("thread");
  return word(1) + (number.empty() ? "" : "/" + number);
}

pid_t TranscriptLine::thread() const {
  const std::string number = option("thread");
  return number.empty() ? 1 : std::stoi(number);
}

Mode TranscriptLine::mode() const { return word(2) == "ex" ? Mode::exclusive : Mode::shared; }

// A process lives from the start, and asks once.
Asker TranscriptLine::asker() const {
  const std::string number = option("process") + option("by");
  return number.empty() ? Asker{} : Asker{std::stoi(number), 2, 1};
}

ByteRange TranscriptLine::bytes() const {
  for (std::size_t i = 0; i + 2 < words_.size(); ++i) {
    if (words_[i] == "bytes") return {std::stoull(words_[i + 1]), std::stoull(words_[i + 2])};
  }
  return {};
}

// A number, or with a unit a time as in the configuration.
WallTime TranscriptLine::span() const {
  const auto duration = parse_duration(word(1));
  const bool has_unit = std::isalpha(static_cast<unsigned char>(word(1).back())) != 0;
  return has_unit ? std::chrono::nanoseconds(duration.value()).count() : std::stoll(word(1));
}

}  // namespace lockfs
