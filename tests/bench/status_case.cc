// A lock's latency while somebody reads the status, over and over, that ten thousand holders are
// in.
#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "tests/bench/cases.h"
#include "tests/bench/locking.h"
#include "tests/bench/mount.h"
#include "tests/bench/process.h"

namespace lockfs::bench {
namespace {

constexpr int holders = 10'000;
constexpr double sample_us = 500'000;

void read_status(const std::string& path) {
  std::array<char, 1U << 16U> buffer{};
  const Descriptor file = open_file(path, O_RDONLY);
  while (::read(file.get(), buffer.data(), buffer.size()) > 0) {
  }
}

double p99_of_lock(const Descriptor& file) {
  std::vector<double> times;
  const double end = now_us() + sample_us;
  for (double now = now_us(); now < end;) {
    lock(file);
    unlock(file);
    const double after = now_us();
    times.push_back(after - now);
    now = after;
  }
  return quantile(std::move(times), 0.99);
}

double p99_while_read(const Descriptor& file, const std::string& status) {
  Team readers(1, [&](int) {
    for (;;) read_status(status);
  });
  readers.go();
  return p99_of_lock(file);
}

}  // namespace

Figures measure_status(const std::string& folder) {
  const Mount lockfs =
      Mount::lockfs(folder, "[deploy]\n[licence]\nunits = " + std::to_string(holders) + "\n");
  std::vector<Descriptor> holds;
  for (int i = 0; i < holders; ++i) {
    holds.push_back(open_file(lockfs.path("licence"), O_RDONLY));
    lock(holds.back());
  }
  const Descriptor file = open_file(lockfs.path("deploy"), O_RDONLY);
  const auto all = measure_in_turns(
      {{"status read", [&] { return p99_while_read(file, lockfs.path("status")); }},
       {"left alone", [&] { return p99_of_lock(file); }}},
      21);
  return {compare("p99 of lock+unlock", "us", all[0], all[1], 2.0)};
}

}  // namespace lockfs::bench
