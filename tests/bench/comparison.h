// One figure: what was measured, set against something else measured in the same run, and what is
// expected of the ratio.
//
// The machine's speed changes while we measure. So what is compared is measured in turns, and the
// ratio is taken round by round; its median and its middle half are shown.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/statistics.h"

namespace lockfs::bench {

struct Subject {
  std::string name;
  std::function<double()> measure;  // once; in what unit is the case's to say
};

struct Series {
  std::string name;
  std::vector<double> values;  // one for each round
};

// Measures each of them once a round, each round in another order.
std::vector<Series> measure_in_turns(const std::vector<Subject>& subjects, int rounds);

struct Comparison {
  std::string figure;
  std::string unit;
  std::string measured;
  Summary value;
  std::string reference;  // empty: the value stands for itself
  Summary reference_value;
  Summary ratio;
  std::optional<double> at_most;  // what is expected of the ratio, or of the value

  double judged() const { return reference.empty() ? value.median : ratio.median; }
  bool met() const { return !at_most || judged() <= *at_most; }
};

// The first against the second, round by round.
Comparison compare(const std::string& figure, const std::string& unit, const Series& measured,
                   const Series& reference, std::optional<double> at_most = std::nullopt);
// A figure that stands for itself.
Comparison state(const std::string& figure, const std::string& unit, const Series& measured,
                 std::optional<double> at_most = std::nullopt);

}  // namespace lockfs::bench
