#include "tests/unit/tools/manual_page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace lockfs::test {
namespace {

bool is_macro(const std::string& word) {
  static const std::set<std::string> macros = {".It", "Cm", "Ar", "Fl", "Ns", "No",
                                               "Op",  "Oo", "Oc", "Ic", "Em"};
  return macros.contains(word);
}

std::vector<std::string> minus(std::vector<std::string> from, std::vector<std::string> what) {
  std::sort(from.begin(), from.end());
  std::sort(what.begin(), what.end());
  std::vector<std::string> left;
  std::set_difference(from.begin(), from.end(), what.begin(), what.end(), std::back_inserter(left));
  return left;
}

}  // namespace

Lines page_lines(const std::string& page, const std::string& from, const std::string& to) {
  std::ifstream file(TEST_SOURCE_DIR "/../man/" + page);
  EXPECT_TRUE(file) << "there is no man/" << page;
  Lines lines;
  bool inside = false;
  bool ended = false;
  for (std::string line; std::getline(file, line);) {
    if (inside && line == to) ended = true;
    if (line == to) inside = false;
    if (inside) lines.push_back(line);
    if (line == from) inside = true;
  }
  EXPECT_TRUE(ended) << "man/" << page << " has no \"" << to << "\" behind \"" << from
                     << "\": say in the test where the part ends now";
  return lines;
}

std::string page_text(const std::string& page, const std::string& from, const std::string& to) {
  std::string text;
  for (const auto& line : page_lines(page, from, to)) text += line + " ";
  return text;
}

bool starts_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

std::string plain_item(const std::string& item) {
  std::istringstream words(item);
  std::string text;
  bool apart = false;
  for (std::string word; words >> word;) {
    if (word == ".It" || word == "Cm" || word == "Ar") continue;
    if (word == "Ns" || word == "," || word == "..." || word == "Oc") apart = false;
    if (word == "Ns") continue;
    if (apart) text += " ";
    text += word == "Fl" ? "-" : word == "Oo" ? "[" : word == "Oc" ? "]" : word;
    apart = word != "Fl" && word != "Oo" && word != ",";
  }
  return text;
}

std::string words_of(const std::string& text) {
  std::string plain;
  std::istringstream parts(text);
  for (std::string part; parts >> part;) {
    if (is_macro(part)) continue;
    for (const char byte : part) {
      plain += std::isalnum(static_cast<unsigned char>(byte)) || byte == '_' ? byte : ' ';
    }
    plain += ' ';
  }
  std::istringstream words(plain);
  std::string joined;
  for (std::string word; words >> word;) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

std::string differences(const std::string& where, const std::vector<std::string>& documented,
                        const std::vector<std::string>& real) {
  std::string text;
  for (const auto& each : minus(real, documented)) {
    text += "\n  the program has \"" + each + "\", " + where + " has not: describe it there";
  }
  for (const auto& each : minus(documented, real)) {
    text += "\n  " + where + " has \"" + each + "\", the program has not: take it out there";
  }
  return text;
}

}  // namespace lockfs::test
