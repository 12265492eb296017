// What the fuzzer's targets share: the function that each of them is, and how it says what is
// wrong.
//
// With LOCKFS_FUZZ libFuzzer calls the function with inputs of its own making (scripts/fuzz); in
// every other build run_inputs.cc calls it with those that are kept, as a test.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace lockfs::fuzz {

// Aborts, saying what does not hold.
void require(bool condition, const char* what);

}  // namespace lockfs::fuzz
