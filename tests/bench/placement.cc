#include "tests/bench/placement.h"

#include <filesystem>

#include "tests/bench/process.h"

namespace lockfs::bench {
namespace {

cpu_set_t usable() {
  cpu_set_t processors;
  if (::sched_getaffinity(0, sizeof processors, &processors) != 0) fail("sched_getaffinity");
  return processors;
}

// The nth of those that this process may use.
cpu_set_t only(int nth) {
  const cpu_set_t all = usable();
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (!CPU_ISSET(i, &all) || nth-- > 0) continue;
    CPU_SET(i, &one);
    break;
  }
  return one;
}

void pin(pid_t task, const cpu_set_t& processors) {
  if (::sched_setaffinity(task, sizeof processors, &processors) != 0) fail("sched_setaffinity");
}

void pin_all_threads(pid_t process, const cpu_set_t& processors) {
  const std::filesystem::path tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    pin(std::stoi(task.path().filename()), processors);
  }
}

}  // namespace

std::vector<Placement> placements() {
  const cpu_set_t all = usable();
  if (CPU_COUNT(&all) < 2) return {Placement::together};
  return {Placement::together, Placement::apart};
}

std::string in(Placement placement, const std::string& figure) {
  return figure + (placement == Placement::together ? ", 1 cpu" : ", 2 cpus");
}

Pinned::Pinned(Placement placement, const std::vector<const Mount*>& mounts) : before_(usable()) {
  const cpu_set_t daemons = only(placement == Placement::together ? 0 : 1);
  for (const Mount* mount : mounts) {
    for (const pid_t process : mount->daemons()) pin_all_threads(process, daemons);
  }
  pin(0, only(0));
}

Pinned::~Pinned() { pin(0, before_); }

}  // namespace lockfs::bench
