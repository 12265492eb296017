#include "tests/bench/statistics.h"

#include <algorithm>
#include <cmath>

namespace lockfs::bench {

double quantile(std::vector<double> values, double part) {
  const auto last = static_cast<double>(values.size() - 1);
  const auto nth = values.begin() + std::lround(part * last);
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

Summary summarize(const std::vector<double>& values) {
  return {quantile(values, 0.5), quantile(values, 0.25), quantile(values, 0.75)};
}

}  // namespace lockfs::bench
