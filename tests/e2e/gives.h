// What a command gave, for EXPECT_THAT: its exit status and its words.
#pragma once

#include <gmock/gmock.h>

#include <ostream>

#include "tests/harness/sandbox.h"

namespace lockfs::test {

inline void PrintTo(const Ran& ran, std::ostream* out) {
  *out << "exit status " << ran.status << ", saying:\n" << ran.out;
}

// `out` is a string, which has to be all of it, or a matcher.
template <class Out>
auto Gives(int status, const Out& out) {
  return testing::AllOf(testing::Field("status", &Ran::status, status),
                        testing::Field("out", &Ran::out, out));
}

// It failed, and among its words is this.
template <class Text>
auto FailsWith(const Text& text) {
  return testing::AllOf(testing::Field("status", &Ran::status, testing::Gt(0)),
                        testing::Field("out", &Ran::out, testing::HasSubstr(text)));
}

}  // namespace lockfs::test
