// One client at a time. The figures are microseconds for each time round.
#include <fcntl.h>

#include "tests/bench/cases.h"
#include "tests/bench/locking.h"
#include "tests/bench/mount.h"
#include "tests/bench/placement.h"
#include "tests/bench/process.h"

namespace lockfs::bench {
namespace {

// Nine tenths of the other's speed.
constexpr double nearly_as_fast = 1 / 0.9;

double time_locking(const std::string& path, int times) {
  const Descriptor file = open_file(path, O_RDONLY);
  const double start = now_us();
  lock_and_unlock(file, times);
  return (now_us() - start) / times;
}

double open_lock_close(const std::string& path, int flags, int times) {
  const double start = now_us();
  for (int i = 0; i < times; ++i) lock(open_file(path, flags));
  return (now_us() - start) / times;
}

double run_flock(const std::string& path, int times) {
  const double start = now_us();
  for (int i = 0; i < times; ++i) run({"flock", path, "true"});
  return (now_us() - start) / times;
}

// The first of these against each other, with what is expected of each ratio.
Figures compare_first(const std::string& figure, const std::vector<Series>& all,
                      const std::vector<std::optional<double>>& at_most) {
  Figures figures;
  for (std::size_t i = 1; i < all.size(); ++i) {
    figures.push_back(compare(figure, "us", all.front(), all[i], at_most[i - 1]));
  }
  return figures;
}

using Measure = std::function<double(const std::string& path)>;

using Mounts = std::vector<const Mount*>;

std::vector<Series> on_each(const Mounts& mounts, int rounds, const Measure& measure) {
  std::vector<Subject> subjects;
  for (const Mount* mount : mounts) {
    subjects.push_back({mount->name(), [=] { return measure(mount->path("deploy")); }});
    measure(mount->path("deploy"));
  }
  return measure_in_turns(subjects, rounds);
}

// In each placement: the first of these mounts against the others.
Figures compare_placed(const std::string& figure, const Mounts& mounts, const Measure& measure,
                       const std::vector<std::optional<double>>& at_most) {
  Figures figures;
  for (const Placement placement : placements()) {
    const Pinned pinned(placement, mounts);
    const auto all = on_each(mounts, 101, measure);
    append(figures, compare_first(in(placement, figure), all, at_most));
  }
  return figures;
}

}  // namespace

Figures measure_lock(const std::string& folder) {
  const Mount lockfs = Mount::lockfs(folder, "[deploy]\n");
  const Mount null = Mount::null(folder);
  const Mount fifo = Mount::fifo(folder);
  const Mount tmpfs = Mount::tmpfs(folder);
  return compare_placed("lock+unlock", {&lockfs, &null, &fifo, &tmpfs},
                        [](const std::string& path) { return time_locking(path, 300); },
                        {nearly_as_fast, std::nullopt, std::nullopt});
}

Figures measure_open(const std::string& folder) {
  const Mount lockfs = Mount::lockfs(folder, "[deploy]\n");
  const Mount null = Mount::null(folder);
  const Mount tmpfs = Mount::tmpfs(folder);
  Figures figures;
  for (const auto& [name, flags] : {std::pair("O_RDONLY", O_RDONLY), {"O_RDWR", O_RDWR}}) {
    append(figures,
           compare_placed(std::string("open(") + name + ")+lock+close", {&lockfs, &null, &tmpfs},
                          [flags = flags](const std::string& path) {
                            return open_lock_close(path, flags, 300);
                          },
                          {nearly_as_fast, std::nullopt}));
  }
  return figures;
}

Figures measure_command(const std::string& folder) {
  const Mount lockfs = Mount::lockfs(folder, "[deploy]\n");
  const Mount tmpfs = Mount::tmpfs(folder);
  const auto all =
      on_each({&lockfs, &tmpfs}, 101, [](const std::string& path) { return run_flock(path, 10); });
  return compare_first("flock FILE true", all, {1.10});
}

namespace {

std::string numbered_locks(int count) {
  std::string config;
  for (int i = 0; i < count; ++i) config += "[lock" + std::to_string(i) + "]\n";
  return config;
}

// Ten locks of so many, spread evenly.
double on_ten_of(const Mount& mount, int locks, const Measure& measure) {
  double sum = 0;
  for (int i = 0; i < 10; ++i) sum += measure(mount.path("lock" + std::to_string(i * locks / 10)));
  return sum / 10;
}

}  // namespace

Figures measure_locks(const std::string& folder) {
  constexpr int few = 10;
  constexpr int many = 100'000;
  const Mount small = Mount::lockfs(folder, numbered_locks(few), "10");
  const Mount large = Mount::lockfs(folder, numbered_locks(many), "100000");
  const Pinned pinned(Placement::together, {&small, &large});
  const std::vector<std::pair<std::string, Measure>> operations = {
      {"lock+unlock by locks", [](const auto& path) { return time_locking(path, 30); }},
      {"open+lock+close by locks",
       [](const auto& path) { return open_lock_close(path, O_RDONLY, 30); }},
  };
  Figures figures;
  for (const auto& [figure, measure] : operations) {
    const auto all =
        measure_in_turns({{large.name(), [&, &m = measure] { return on_ten_of(large, many, m); }},
                          {small.name(), [&, &m = measure] { return on_ten_of(small, few, m); }}},
                         101);
    append(figures, compare_first(figure, all, {1.1}));
  }
  return figures;
}

Figures measure_sets(const std::string& folder) {
  constexpr int most = 64;
  const Mount lockfs = Mount::lockfs(folder, numbered_locks(most));
  std::string set;
  std::vector<Subject> subjects;
  for (int size = 1; size <= most; ++size) {
    set += (size == 1 ? "lock" : "+lock") + std::to_string(size - 1);
    if (size != 1 && size != 2 && size != 8 && size != most) continue;
    subjects.push_back({std::to_string(size) + " locks",
                        [path = lockfs.path(set)] { return time_locking(path, 300); }});
  }
  const auto all = measure_in_turns(subjects, 41);
  const std::string figure = "lock+unlock of a set";
  return {compare(figure, "us", all[1], all[0], 1.3), compare(figure, "us", all[2], all[0], 2),
          compare(figure, "us", all[3], all[0], 8)};
}

}  // namespace lockfs::bench
