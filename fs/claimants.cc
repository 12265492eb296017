#include "fs/claimants.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "fs/accounts.h"
#include "fs/inheritors.h"
#include "fs/mounts.h"
#include "fs/nodes.h"
#include "fs/own_host.h"

namespace lockfs {
namespace {

constexpr OpenFiles::Clock::duration a_moment = std::chrono::seconds(1);

// What is looked up once for a whole description.
class Lookups {
 public:
  // The process that opened something, if it lives; not another that got its id.
  std::optional<Process> opener(const Client& client) {
    const auto [known, is_new] = processes_.try_emplace(client.thread);
    if (is_new) known->second = find_process(client.thread);
    const auto& process = known->second;
    return process && process->started <= client.opened ? process : std::nullopt;
  }
  const std::string& user(uid_t uid) {
    const auto [known, is_new] = users_.try_emplace(uid);
    if (is_new) known->second = user_name(uid);
    return known->second;
  }
  const std::string& command(pid_t pid) {
    const auto [known, is_new] = commands_.try_emplace(pid);
    if (is_new) known->second = command_line(pid);
    return known->second;
  }

 private:
  std::unordered_map<pid_t, std::optional<Process>> processes_;
  std::map<uid_t, std::string> users_;
  std::unordered_map<pid_t, std::string> commands_;
};

// Who locked with fcntl(2), which is a process's own doing; else who opened the file.
template <class Claimant>
std::optional<Process> find_claimant(const Claimant& claim, Lookups& lookups) {
  const Client asker{claim.client.uid, claim.asker.process, claim.asker.asked};
  const bool fcntl = claim.via == Via::fcntl && asker.thread != 0;
  auto process = fcntl ? lookups.opener(asker) : std::nullopt;
  return process ? process : lookups.opener(claim.client);
}

// Where its number is not known, the process is one that this mount cannot see.
bool is_orphan(const ClaimView& claim) {
  return !claim.lives && claim.client.thread != 0 && !claim.remote;
}

// Who came through a socket door: as it says who it is and what process, and from where it came. Of
// a process of this host the command is shown, if it can be the one.
void look_at_remote(ClaimView& claim, Lookups& lookups, Detail detail) {
  const RemoteParty& party = *claim.remote;
  claim.user = party.user;
  const bool elsewhere = !party.process_host.empty() && !is_own_host(party.process_host);
  claim.host = elsewhere && party.host.empty() ? party.process_host : party.host;
  Client named = claim.client;
  if (party.process != 0) named = {claim.client.uid, party.process, party.connected};
  const auto process = claim.host.empty() ? lookups.opener(named) : std::nullopt;
  claim.lives = process.has_value();
  claim.pid = process ? process->pid : named.thread;
  if (process && detail != Detail::processes) claim.command = lookups.command(process->pid);
}

ino_t inode_of(const OpenView& open) {
  const bool holds = open.kind == FileKind::hold;
  return inode_number(holds ? view_node(ViewKind::hold, 0, open.node) : open.node);
}

}  // namespace

void find_openers(Description& description, Detail detail) {
  Lookups lookups;
  for_each_claim(description, [&](ClaimView& claim) {
    if (claim.remote) return look_at_remote(claim, lookups, detail);
    const auto process = find_claimant(claim, lookups);
    claim.lives = process.has_value();
    claim.pid = process ? process->pid : claim.client.thread;
    for (auto& other : claim.deadlocked_with) {
      const auto waiter = find_claimant(other, lookups);
      other.pid = waiter ? waiter->pid : other.client.thread;
    }
    if (detail == Detail::processes) return;
    claim.user = lookups.user(claim.uid);
    if (process) claim.command = lookups.command(process->pid);
  });
  if (detail == Detail::processes) return;
  for_each_mark(description, [&](MarkView& mark) { mark.user = lookups.user(mark.mark.by); });
}

std::set<NodeId> orphaned_files(const Description& description) {
  std::set<NodeId> nodes;
  for_each_claim(description, [&](const ClaimView& claim) {
    if (is_orphan(claim)) nodes.insert(claim.node);
  });
  return nodes;
}

void find_heirs(Description& description, const std::vector<OpenView>& opens,
                const std::string& mount_point, Detail detail, OpenFiles& files) {
  Lookups lookups;
  std::vector<FileName> names;
  std::vector<OpenedFile> opened;
  for (const auto& open : opens) {
    const auto opener = lookups.opener(open.client);
    names.push_back({inode_of(open), open.name});
    opened.push_back({open.handle, inode_of(open), open.client.opened, opener ? opener->pid : 0});
  }
  const auto age = detail == Detail::processes ? OpenFiles::Clock::duration() : a_moment;
  const auto heirs =
      find_inheritors(std::move(opened), files.find(names, mounted_device(mount_point), age));
  for_each_claim(description, [&](ClaimView& claim) {
    const auto heir = is_orphan(claim) ? heirs.find(claim.handle) : heirs.end();
    if (heir == heirs.end()) return;
    claim.lives = true;
    claim.pid = heir->second.process.pid;
    claim.inherited = heir->second.inherited;
    if (detail == Detail::processes) return;
    claim.uid = user_of(claim.pid).value_or(claim.uid);
    claim.user = lookups.user(claim.uid);
    claim.command = lookups.command(claim.pid);
  });
}

Family::Family(pid_t thread) : pids_(lineage(thread)) {}

std::optional<std::size_t> Family::generation(const ClaimView& claim) const {
  const auto found = std::find(pids_.begin(), pids_.end(), claim.pid);
  if (!claim.lives || found == pids_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - pids_.begin());
}

std::vector<Ticket> holds_of(const Family& family, const Description& description) {
  std::vector<Ticket> tickets;
  std::optional<std::size_t> nearest;
  for_each_claim(description, [&](const ClaimView& claim) {
    const auto generation = claim.token == 0 ? std::nullopt : family.generation(claim);
    if (!generation || (nearest && *generation > *nearest)) return;
    if (nearest != generation) tickets.clear();
    nearest = generation;
    tickets.push_back(claim.ticket);
  });
  return tickets;
}

}  // namespace lockfs
