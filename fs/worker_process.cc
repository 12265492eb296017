#include "fs/worker_process.h"

#include <malloc.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "core/engine.h"
#include "fs/daemon.h"
#include "fs/fault.h"
#include "fs/journal.h"
#include "fs/kept_sockets.h"
#include "fs/log.h"
#include "fs/version.h"

namespace lockfs {
namespace {

// The sockets that the keeper has for its worker, up to this message, or until there is no keeper
// any more.
void take_sockets(Holdings& holdings, Message last) {
  for (bool ended = false; !ended;) {
    pollfd source{holdings.peer.get(), POLLIN, 0};
    ::poll(&source, 1, -1);
    auto packet = receive_packet(holdings.peer, ended);
    if (!packet) continue;
    for (auto& socket : packet->sockets) holdings.sockets.push_back(std::move(socket));
    if (packet->message == last) return;
  }
}

// A successor: says that it could take over and waits until it may, or until there is no keeper to
// say so: then the old worker may be gone too.
void wait_for_turn(Holdings& holdings) {
  fault_point("before_ready");
  send(holdings.peer, Message::ready);
  take_sockets(holdings, Message::take_over);
}

// Whatever is large is taken from the system and given back to it, also after the first time: a
// snapshot's vectors would else leave holes among the claims.
void use_memory_sparingly() {
  constexpr int large = 128 * 1024;
  ::mallopt(M_MMAP_THRESHOLD, large);
}

constexpr const char* damaged = "the journal is damaged";

// As far as it is written: a predecessor may be going on with it.
std::optional<Journal> read_journal(const Holdings& holdings, std::unique_ptr<Engine>& engine,
                                    std::string& error) {
  auto journal = Journal::open(holdings.journal.get(), error);
  if (journal && journal->replay(engine)) return journal;
  if (error.empty()) error = damaged;
  send(holdings.peer, Message::failed, error);
  return std::nullopt;
}

// Waits until the journal is ours, and reads the rest of it.
bool take_over(Journal& journal, std::unique_ptr<Engine>& engine, Holdings& holdings, Role role,
               std::string& error) {
  if (role == Role::successor) {
    wait_for_turn(holdings);
  } else {
    take_sockets(holdings, Message::kept_all);
  }
  fault_point("before_owning");
  if (!journal.own(std::chrono::seconds(2))) {
    send(holdings.peer, Message::superseded);
    error = "another worker serves this mount";
    return false;
  }
  if (!journal.replay(engine)) {
    error = damaged;
    return false;
  }
  journal.convert(*engine);
  ::malloc_trim(0);  // of the snapshot
  return true;
}

void begin_log(const JournalSettings& settings, const Options& options) {
  open_log({settings.log_target, options.logs_everything()});
  if (settings.written_by == version()) return;
  spdlog::info("lockfs {} goes on where {} was", version(),
               settings.written_by.empty() ? "an older one" : settings.written_by);
}

}  // namespace

bool run_worker(Holdings holdings, const Options& options, const Program& program, Role role,
                std::string& error) {
  use_memory_sparingly();
  ::prctl(PR_SET_NAME, "lockfs");
  Signals::block(Daemon::signals());
  std::unique_ptr<Engine> engine;
  auto journal = read_journal(holdings, engine, error);
  if (!journal || !take_over(*journal, engine, holdings, role, error)) return false;
  begin_log(journal->settings(), options);
  {
    Daemon daemon(options, *journal, std::move(engine), holdings, program,
                  journal->find_poison(role == Role::survivor));
    daemon.run();
  }
  spdlog::info("left {}", options.mount_point);
  close_log();
  return true;
}

}  // namespace lockfs
