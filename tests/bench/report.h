// The figures as a table for people and as JSON.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/comparison.h"

namespace lockfs::bench {

std::string to_table(const std::vector<Comparison>& figures);
std::string to_json(const std::vector<Comparison>& figures);

}  // namespace lockfs::bench
