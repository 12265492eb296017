#include "fs/cut_off.h"

#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/description.h"
#include "fs/journal.h"

namespace lockfs {
namespace {

constexpr unsigned reading_limit_s = 10;

bool log_by_journal(int journal_fd) {
  std::string error;
  auto journal = Journal::open(journal_fd, error);
  std::unique_ptr<Engine> engine;
  if (!journal || !journal->replay(engine)) return false;
  log_cut_off(*engine);
  return true;
}

}  // namespace

void log_cut_off(const Engine& engine) {
  const auto description = describe(engine);
  for (const auto& lock : description.locks) {
    for (const auto& unit : lock.units) {
      for (const auto& holder : unit.holders) {
        spdlog::warn("cut off: {} {} held by uid {}, process {}", lock.name, unit.name,
                     holder.client.uid, holder.client.thread);
      }
    }
  }
}

void log_cut_off(const Descriptor& journal) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(reading_limit_s);
    ::_exit(log_by_journal(journal.get()) ? 0 : 1);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0) {
    spdlog::error("who held what cannot be said: the journal cannot be read to its end");
  }
}

}  // namespace lockfs
