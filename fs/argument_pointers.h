// Words as exec(3) wants them: pointers into them, and a null behind the last.
#pragma once

#include <string>
#include <vector>

namespace lockfs {

// Valid as long as the words stay where they are.
inline std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace lockfs
