#include "fs/remote_processes.h"

#include <algorithm>
#include <chrono>

#include "fs/own_host.h"
#include "fs/processes.h"

namespace lockfs {
namespace {

constexpr auto period = std::chrono::seconds(2);

// What was seen of the process that a holder names; nothing if there is nothing new.
std::optional<Event> look_at(HandleId handle, const RemoteParty& party) {
  if (!is_own_host(party.process_host)) return std::nullopt;
  const auto started = start_of(party.process);
  const bool other =
      started && (party.started == 0 ? *started > party.connected : *started != party.started);
  if (!started || other) {
    return event::ProcessDied{party.process_host, party.process, party.started};
  }
  if (party.started == 0) return event::ProcessSeen{handle, *started};
  return std::nullopt;
}

}  // namespace

RemoteProcesses::RemoteProcesses(Loop& loop, Worker& worker, Service& service)
    : worker_(worker), service_(service), timer_(loop, [this] { check_all(); }) {}

void RemoteProcesses::start_if_needed() {
  if (!timer_.running() && service_.engine().remotes().any_autounlock()) timer_.start(period);
}

void RemoteProcesses::check_all() {
  std::vector<std::pair<HandleId, RemoteParty>> parties;
  for (const auto& [handle, party] : service_.engine().remotes().parties()) {
    if (party.autounlock) parties.emplace_back(handle, party);
  }
  look(std::move(parties));
  start_if_needed();
}

void RemoteProcesses::check(const std::vector<Suspect>& suspects) {
  std::vector<std::pair<HandleId, RemoteParty>> parties;
  for (const auto& [handle, party] : service_.engine().remotes().parties()) {
    const auto is_it = [&party = party](const Suspect& suspect) {
      return suspect.pid == party.process && suspect.host == party.process_host;
    };
    const bool suspect = std::any_of(suspects.begin(), suspects.end(), is_it);
    if (party.autounlock && suspect) parties.emplace_back(handle, party);
  }
  look(std::move(parties));
}

// One look at a time: who asks for another meanwhile is served by the next round.
void RemoteProcesses::look(std::vector<std::pair<HandleId, RemoteParty>> parties) {
  if (looking_ || parties.empty()) return;
  looking_ = worker_.submit([this, parties = std::move(parties)]() -> Loop::Callback {
    std::vector<Event> seen;
    for (const auto& [handle, party] : parties) {
      if (auto event = look_at(handle, party)) seen.push_back(std::move(*event));
    }
    return [this, seen = std::move(seen)] {
      looking_ = false;
      for (const auto& event : seen) service_.post(event);
    };
  });
}

}  // namespace lockfs
