// Measures lockfs side by side with others: see cases.h.
//
//     lock_bench FOLDER [--json] [CASE...]      FOLDER: an empty one on tmpfs
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/bench/cases.h"
#include "tests/bench/report.h"

namespace {

using namespace lockfs::bench;

int show_usage(std::FILE* to, int status) {
  std::fprintf(to, "usage: scripts/bench [--json] [CASE...]\ncases:\n");
  for (const auto& each : cases) {
    std::fprintf(to, "  %-12s %s\n", each.name.data(), each.what.data());
  }
  return status;
}

const Case* find_case(const std::string& name) {
  const auto* found =
      std::find_if(cases.begin(), cases.end(), [&](const Case& each) { return each.name == name; });
  return found == cases.end() ? nullptr : found;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  const bool json = std::erase(words, "--json") > 0;
  if (std::count(words.begin(), words.end(), "--help") > 0) return show_usage(stdout, 0);
  if (words.empty()) return show_usage(stderr, 2);
  const std::string folder = words.front();
  std::vector<const Case*> chosen;
  for (std::size_t i = 1; i < words.size(); ++i) {
    chosen.push_back(find_case(words[i]));
    if (chosen.back() == nullptr) return show_usage(stderr, 2);
  }
  if (chosen.empty()) {
    for (const auto& each : cases) chosen.push_back(&each);
  }
  Figures all;
  for (const Case* each : chosen) {
    std::fprintf(stderr, "== %s: %s\n", each->name.data(), each->what.data());
    append(all, each->measure(folder));
  }
  std::fputs((json ? to_json(all) : to_table(all)).c_str(), stdout);
  return 0;
}
