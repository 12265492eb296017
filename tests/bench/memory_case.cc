// What lockfs's two processes have of their own, and the journal that they share, in bytes.
#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/bench/cases.h"
#include "tests/bench/locking.h"
#include "tests/bench/mount.h"
#include "tests/bench/process.h"
#include "tests/bench/waiters.h"

namespace lockfs::bench {
namespace {

double anonymous_bytes(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  for (std::string word; file >> word;) {
    double kib = 0;
    if (word == "Pss_Anon:" && file >> kib) return kib * 1024;
  }
  fail("no Pss_Anon in smaps_rollup");
}

// The memory that is behind the memfd, whoever has it mapped.
double journal_bytes(pid_t worker) {
  const std::filesystem::path files = "/proc/" + std::to_string(worker) + "/fd";
  for (const auto& file : std::filesystem::directory_iterator(files)) {
    struct stat st {};
    const auto target = std::filesystem::read_symlink(file.path()).string();
    if (target.starts_with("/memfd:lockfs-journal") && ::stat(file.path().c_str(), &st) == 0) {
      return static_cast<double>(st.st_blocks) * 512;
    }
  }
  fail("the worker has no journal");
}

// The worker has a process id long before it has all its locks: not before it answers.
double used_by(const Mount& lockfs) {
  open_file(lockfs.path("deploy"), O_RDONLY);
  const pid_t worker = lockfs.worker();
  return anonymous_bytes(lockfs.keeper()) + anonymous_bytes(worker) + journal_bytes(worker);
}

// The room of the latest events is as large whoever they are of, and full after a while: it belongs
// to no hold and to no waiter.
void fill_events(const Mount& lockfs) {
  lock_and_unlock(open_file(lockfs.path("deploy"), O_RDONLY), 20'000);
}

// From which processes waiters descend is found out for some at a time: each is told to the
// journal.
void wait_until_all_is_told(const Mount& lockfs) {
  const auto now = [&] { return journal_bytes(lockfs.worker()); };
  for (double before = 0; before != now();) {
    before = now();
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

constexpr int count = 10'000;

std::string config(int locks) {
  std::string text = "[deploy]\n";
  for (int i = 0; i < locks; ++i) text += "[lock" + std::to_string(i) + "]\n";
  return text;
}

double measure_idle(const std::string& folder) {
  constexpr int many = 100'000;
  const Mount large = Mount::lockfs(folder, config(many));
  const Mount small = Mount::lockfs(folder, config(0));
  return (used_by(large) - used_by(small)) / many;
}

// With its open descriptor, as a waiter's.
double measure_hold(const std::string& folder) {
  const Mount lockfs = Mount::lockfs(folder, config(count));
  fill_events(lockfs);
  const double before = used_by(lockfs);
  std::vector<Descriptor> holds;
  for (int i = 0; i < count; ++i) {
    holds.push_back(open_file(lockfs.path("lock" + std::to_string(i)), O_RDONLY));
    lock(holds.back());
  }
  return (used_by(lockfs) - before) / count;
}

double measure_waiter(const std::string& folder) {
  const Mount lockfs = Mount::lockfs(folder, config(0));
  fill_events(lockfs);
  const Descriptor first = open_file(lockfs.path("deploy"), O_RDONLY);
  lock(first);
  const double before = used_by(lockfs);
  const Waiters waiters(lockfs.path("deploy"), count);
  wait_until_all_is_told(lockfs);
  const double bytes = (used_by(lockfs) - before) / count;
  unlock(first);
  return bytes;
}

}  // namespace

Figures measure_memory(const std::string& folder) {
  constexpr double kib = 1024;
  const auto figure = [](const char* name, double bytes, std::optional<double> at_most) {
    return state(name, "B", {"lockfs", {bytes}}, at_most);
  };
  return {figure("memory of an idle lock", measure_idle(folder), kib),
          figure("memory of a hold", measure_hold(folder), std::nullopt),
          figure("memory of a waiter", measure_waiter(folder), kib)};
}

}  // namespace lockfs::bench
