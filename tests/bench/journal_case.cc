// The journal's part of lock+unlock, counted in instructions under valgrind: the same requests are
// served twice, by the daemon's own code from read(2) to writev(2), libfuse's included, once with
// the journal (its snapshots too) and once with one that keeps nothing (request_load.cc,
// no_journal.cc). What starting costs is taken away by counting few and many.
#include <sys/wait.h>

#include <fstream>

#include "tests/bench/cases.h"
#include "tests/bench/process.h"

namespace lockfs::bench {
namespace {

double instructions(const std::string& folder, const char* program, int times) {
  const std::string out = folder + "/instructions.";
  const pid_t pid =
      spawn({"valgrind", "-q", "--log-file=/dev/null", "--tool=cachegrind", "--cache-sim=no",
             "--cachegrind-out-file=" + out + "%p", program, std::to_string(times)});
  int status = 0;
  if (::waitpid(pid, &status, 0) < 0 || status != 0) fail(std::string("valgrind ") + program);
  std::ifstream file(out + std::to_string(pid));
  for (std::string word; file >> word;) {
    double count = 0;
    if (word == "summary:" && file >> count) return count;
  }
  fail(out + std::to_string(pid));
}

Series for_each(const std::string& folder, const char* name, const char* program) {
  constexpr int few = 2'000;
  constexpr int many = 12'000;
  const double more = instructions(folder, program, many) - instructions(folder, program, few);
  return {name, {more / (many - few)}};
}

}  // namespace

Figures measure_journal(const std::string& folder) {
  return {compare("instructions of lock+unlock", "",
                  for_each(folder, "journal", REQUEST_LOAD_PROGRAM),
                  for_each(folder, "none", REQUEST_LOAD_WITHOUT_JOURNAL_PROGRAM), 1.05)};
}

}  // namespace lockfs::bench
