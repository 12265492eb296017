// Words as C's argv wants them. Pure; any thread.
#pragma once

#include <string>
#include <vector>

namespace lockfs::compat {

// Of the words, which must outlive it; with the null pointer at the end.
inline std::vector<char*> argv_of(std::vector<std::string>& words) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  return argv;
}

}  // namespace lockfs::compat
