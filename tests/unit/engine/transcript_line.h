// A line of a transcript in its words, and what those mean without anything that was said before.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

#include "core/claim.h"
#include "core/ranges.h"
#include "core/types.h"

namespace lockfs {

class TranscriptLine {
 public:
  explicit TranscriptLine(const std::string& text);

  const std::string& text() const { return text_; }
  const std::vector<std::string>& words() const { return words_; }
  // Throws if there are not so many.
  const std::string& word(std::size_t number) const { return words_.at(number); }
  // What follows the first so many words, without the blank between.
  std::string text_behind(std::size_t words) const;
  bool has(const std::string& name) const;
  // The value behind a word such as `thread`; empty: it is not there.
  std::string option(const std::string& name) const;

  // The request's name: HANDLE, with `/N` for a thread other than the first.
  std::string label() const;
  pid_t thread() const;
  Mode mode() const;
  Asker asker() const;
  ByteRange bytes() const;
  WallTime span() const;  // of `later`

 private:
  std::string text_;
  std::vector<std::string> words_;
};

}  // namespace lockfs
