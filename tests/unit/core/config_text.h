// How the configuration's tests ask: text in, faults as "LINE: MESSAGE" out.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/config.h"

namespace lockfs {

using Texts = std::vector<std::string>;

inline Texts texts(const std::vector<Fault>& faults) {
  Texts result;
  for (const auto& fault : faults) {
    result.push_back(std::to_string(fault.line) + ": " + fault.message);
  }
  return result;
}

inline Texts errors(std::string_view text) { return texts(parse_config(text).errors); }
inline Texts warnings(std::string_view text) { return texts(parse_config(text).warnings); }

inline Config good(std::string_view text) {
  const auto parsed = parse_config(text);
  EXPECT_EQ(texts(parsed.errors), Texts{}) << text;
  return parsed.config;
}

// The one section of a file that has no fault.
inline LockSection only_lock(std::string_view text) {
  const auto config = good(text);
  EXPECT_EQ(config.locks.size(), 1U) << text;
  return config.locks.empty() ? LockSection{} : config.locks[0];
}

inline Texts names(const std::vector<Named>& all) {
  Texts result;
  for (const auto& each : all) result.push_back(each.name);
  return result;
}

}  // namespace lockfs
