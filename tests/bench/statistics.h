// What many measurements of one thing say together.
#pragma once

#include <vector>

namespace lockfs::bench {

// The middle half lies between `low` and `high`.
struct Summary {
  double median = 0;
  double low = 0;
  double high = 0;
};

// The value that this part of all values, 0 to 1, does not exceed. There must be one.
double quantile(std::vector<double> values, double part);

Summary summarize(const std::vector<double>& values);

}  // namespace lockfs::bench
