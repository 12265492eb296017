// Times locking on files of several mounts, in turns, so that a change of the machine's speed hits
// all alike, and prints each case's median time and the ratio to the first mount's.
//
//     lock_bench [--json] NAME=FILE...      the first is what is measured
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace {

constexpr int rounds = 31;
constexpr int repeats = 1000;

struct Subject {
  std::string name;
  std::string file;
};

[[noreturn]] void fail(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

int open_file(const std::string& file, int flags) {
  const int fd = ::open(file.c_str(), flags | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) fail(file);
  return fd;
}

void lock_and_unlock(const std::string& file) {
  const int fd = open_file(file, O_RDONLY);
  for (int i = 0; i < repeats; ++i) {
    if (::flock(fd, LOCK_EX) != 0 || ::flock(fd, LOCK_UN) != 0) fail(file);
  }
  ::close(fd);
}

void open_lock_close(const std::string& file, int flags) {
  for (int i = 0; i < repeats; ++i) {
    const int fd = open_file(file, flags);
    if (::flock(fd, LOCK_EX) != 0) fail(file);
    ::close(fd);
  }
}

struct Case {
  const char* name;
  void (*run)(const std::string&);
};

constexpr Case cases[] = {
    {"lock+unlock", lock_and_unlock},
    {"open(O_RDONLY)+lock+close", [](const std::string& file) { open_lock_close(file, O_RDONLY); }},
    {"open(O_RDWR)+lock+close", [](const std::string& file) { open_lock_close(file, O_RDWR); }},
};

double microseconds(const Case& measured, const std::string& file) {
  const auto start = std::chrono::steady_clock::now();
  measured.run(file);
  const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
  return time.count() / repeats;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  bool as_json = false;
  std::vector<Subject> subjects;
  for (int i = 1; i < argc; ++i) {
    const char* equals = std::strchr(argv[i], '=');
    if (std::strcmp(argv[i], "--json") == 0) {
      as_json = true;
    } else if (equals != nullptr) {
      subjects.push_back(
          {std::string(argv[i], static_cast<std::size_t>(equals - argv[i])), equals + 1});
    }
  }
  if (subjects.empty()) {
    std::fprintf(stderr, "usage: lock_bench [--json] NAME=FILE...\n");
    return 2;
  }
  nlohmann::ordered_json results;
  if (!as_json) std::printf("%-28s %-10s %10s %8s\n", "CASE", "ON", "MEDIAN us", "RATIO");
  for (const auto& measured : cases) {
    std::vector<std::vector<double>> times(subjects.size());
    std::vector<std::vector<double>> ratios(subjects.size());
    for (int round = 0; round < rounds; ++round) {
      for (std::size_t i = 0; i < subjects.size(); ++i) {
        times[i].push_back(microseconds(measured, subjects[i].file));
        ratios[i].push_back(times[i].back() / times[0].back());
      }
    }
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      const double time = median(times[i]);
      const double ratio = median(ratios[i]);
      results[measured.name][subjects[i].name] = {{"median_us", time}, {"ratio", ratio}};
      if (as_json) continue;
      std::printf("%-28s %-10s %10.2f %8.3f\n", measured.name, subjects[i].name.c_str(), time,
                  ratio);
    }
  }
  if (as_json) std::printf("%s\n", results.dump(2).c_str());
  return 0;
}
