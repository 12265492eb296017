#include "tests/bench/comparison.h"

#include <cstddef>

namespace lockfs::bench {

std::vector<Series> measure_in_turns(const std::vector<Subject>& subjects, int rounds) {
  std::vector<Series> all;
  for (const auto& subject : subjects) all.push_back({subject.name, {}});
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      const std::size_t next = (i + static_cast<std::size_t>(round)) % subjects.size();
      all[next].values.push_back(subjects[next].measure());
    }
  }
  return all;
}

Comparison compare(const std::string& figure, const std::string& unit, const Series& measured,
                   const Series& reference, std::optional<double> at_most) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < measured.values.size(); ++i) {
    ratios.push_back(measured.values[i] / reference.values[i]);
  }
  return {figure,
          unit,
          measured.name,
          summarize(measured.values),
          reference.name,
          summarize(reference.values),
          summarize(ratios),
          at_most};
}

Comparison state(const std::string& figure, const std::string& unit, const Series& measured,
                 std::optional<double> at_most) {
  return {figure, unit, measured.name, summarize(measured.values), {}, {}, {}, at_most};
}

}  // namespace lockfs::bench
