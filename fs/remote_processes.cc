#include "fs/remote_processes.h"

#include <algorithm>
#include <chrono>

#include "fs/own_host.h"
#include "fs/pidstat_client.h"
#include "fs/processes.h"

namespace lockfs {
namespace {

constexpr auto period = std::chrono::seconds(2);
// How long an answer may take: who is slower is asked again in the next round.
constexpr auto patience = std::chrono::seconds(1);

// What was seen of the process that a holder names, here; nothing if there is nothing new.
std::optional<Event> look_at(HandleId handle, const RemoteParty& party) {
  const auto started = start_of(party.process);
  const bool other =
      started && (party.started == 0 ? *started > party.connected : *started != party.started);
  if (!started || other) return event::ProcessDied{handle};
  if (party.started == 0) return event::ProcessSeen{handle, *started};
  return std::nullopt;
}

// Every host is `localhost` to itself.
bool is_here(const RemoteParty& party) {
  return is_own_host(party.process_host) &&
         (party.host.empty() || !is_loopback(party.process_host));
}

// Those whose hosts say that their processes do not exist. Blocks.
std::vector<HandleId> find_dead(const std::vector<std::pair<HandleId, RemoteParty>>& parties) {
  std::vector<PidstatClient::Asked> asked;
  std::vector<HandleId> handles;
  const std::uint16_t port = pidstatd_port(std::nullopt);
  for (const auto& [handle, party] : parties) {
    auto client = PidstatClient::to(party.host.empty() ? party.process_host : party.host, port);
    if (!client) continue;
    asked.push_back({std::move(*client), secret_question(party.process), {}});
    handles.push_back(handle);
  }
  PidstatClient::ask_all(asked, patience);
  std::vector<HandleId> dead;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (asked[i].state == PidState::absent) dead.push_back(handles[i]);
  }
  return dead;
}

}  // namespace

RemoteProcesses::RemoteProcesses(Loop& loop, Worker& worker, Service& service)
    : loop_(loop), worker_(worker), service_(service), timer_(loop, [this] { check_all(); }) {}

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
void RemoteProcesses::look(Parties parties) {
  if (looking_ || parties.empty()) return;
  looking_ = worker_.submit([this, parties = std::move(parties)]() -> Loop::Callback {
    std::vector<Event> seen;
    Parties addressed;
    Parties named;
    for (const auto& [handle, party] : parties) {
      if (!is_here(party)) {
        (party.host.empty() ? named : addressed).emplace_back(handle, party);
      } else if (auto event = look_at(handle, party)) {
        seen.push_back(*event);
      }
    }
    return
        [this, seen = std::move(seen), addressed = std::move(addressed), named = std::move(named)] {
          looking_ = false;
          for (const auto& event : seen) service_.post(event);
          ask(by_address_, addressed);
          ask(by_name_, named);
        };
  });
}

void RemoteProcesses::ask(Inquiry& inquiry, Parties parties) {
  if (inquiry.asking || parties.empty()) return;
  const auto next = std::find_if(parties.begin(), parties.end(),
                                 [&](const auto& party) { return party.first > inquiry.last; });
  std::rotate(parties.begin(), next, parties.end());
  parties.resize(std::min(parties.size(), inquiry.at_once));
  inquiry.last = parties.back().first;
  if (!inquiry.thread) inquiry.thread.emplace(loop_);
  inquiry.asking = inquiry.thread->submit([this, &inquiry, parties = std::move(parties)] {
    return [this, &inquiry, dead = find_dead(parties)] {
      inquiry.asking = false;
      for (const HandleId handle : dead) service_.post(event::ProcessDied{handle});
    };
  });
}

}  // namespace lockfs
