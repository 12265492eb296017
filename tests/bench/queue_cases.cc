// Many clients, one lock. The figures are microseconds for each time that it is handed over.
#include <fcntl.h>

#include "tests/bench/cases.h"
#include "tests/bench/locking.h"
#include "tests/bench/mount.h"
#include "tests/bench/placement.h"
#include "tests/bench/process.h"
#include "tests/bench/waiters.h"

namespace lockfs::bench {
namespace {

// Each of so many processes locks and unlocks, again and again.
double hand_over(const std::string& path, int processes) {
  const int times = 2048 / processes;
  Team team(processes, [&](int) { lock_and_unlock(open_file(path, O_RDONLY), times); });
  const double start = now_us();
  team.go();
  team.wait_for_all();
  return (now_us() - start) / (processes * times);
}

double drain(const std::string& path, std::size_t count) {
  const Descriptor file = open_file(path, O_RDONLY);
  lock(file);
  const Waiters waiters(path, count);
  // Whoever asks later is answered later: by now all stand in the queue.
  lock(open_file(path + "2", O_RDONLY));
  const double start = now_us();
  unlock(file);
  waiters.wait_until_drained();
  return (now_us() - start) / static_cast<double>(count);
}

}  // namespace

Figures measure_handover(const std::string& folder) {
  const Mount lockfs = Mount::lockfs(folder, "[deploy]\n");
  const Mount fifo = Mount::fifo(folder);
  const Mount tmpfs = Mount::tmpfs(folder);
  Figures figures;
  for (const int processes : {2, 8, 64}) {
    std::vector<Subject> subjects;
    for (const Mount* mount : {&lockfs, &fifo, &tmpfs}) {
      subjects.push_back(
          {mount->name(), [=] { return hand_over(mount->path("deploy"), processes); }});
    }
    const auto all = measure_in_turns(subjects, 21);
    const std::string figure = "hand-over between " + std::to_string(processes);
    figures.push_back(compare(figure, "us", all[0], all[1]));
    figures.push_back(compare(figure, "us", all[0], all[2]));
  }
  return figures;
}

namespace {

Figures compare_drains(Placement placement, const Mount& lockfs, const Mount& fifo) {
  const Pinned pinned(placement, {&lockfs, &fifo});
  const auto subject = [](const Mount& mount, std::size_t count) {
    return Subject{mount.name() + " " + std::to_string(count),
                   [&mount, count] { return drain(mount.path("deploy"), count); }};
  };
  constexpr std::size_t hundred = 100;
  constexpr std::size_t thousand = 1000;
  constexpr std::size_t ten_thousand = 10'000;
  const auto few = measure_in_turns({subject(lockfs, hundred), subject(fifo, hundred)}, 41);
  const auto many = measure_in_turns({subject(lockfs, thousand), subject(fifo, thousand),
                                      subject(lockfs, ten_thousand), subject(fifo, ten_thousand)},
                                     11);
  const std::string figure = in(placement, "draining, each waiter");
  return {compare(figure, "us", few[0], few[1], 1.15),
          compare(figure, "us", many[0], many[1], 1.15),
          compare(figure, "us", many[2], many[3], 1.15),
          compare(figure, "us", many[2], many[0], 1.0), compare(figure, "us", many[3], many[1])};
}

}  // namespace

Figures measure_drain(const std::string& folder) {
  const Mount lockfs = Mount::lockfs(folder, "[deploy]\n[deploy2]\n");
  const Mount fifo = Mount::fifo(folder);
  Figures figures;
  for (const Placement placement : placements()) {
    append(figures, compare_drains(placement, lockfs, fifo));
  }
  return figures;
}

}  // namespace lockfs::bench
