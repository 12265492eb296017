#include "fs/views.h"

#include <algorithm>
#include <map>

#include "core/json_view.h"
#include "core/table_view.h"
#include "fs/accounts.h"
#include "fs/clock.h"
#include "fs/nodes.h"
#include "fs/processes.h"

namespace lockfs {
namespace {

Description describe_all(const std::vector<const Lock*>& locks) {
  Description description;
  for (const Lock* lock : locks) description.locks.push_back(describe(*lock));
  return description;
}

// Who locked with fcntl(2), which is a process's own doing; else who opened the file.
std::optional<Process> find_claimant(const ClaimView& claim) {
  const Client asker{claim.client.uid, claim.asker.process, claim.asker.asked};
  const bool fcntl = claim.via == Via::fcntl && asker.thread != 0;
  auto process = fcntl ? find_opener(asker) : std::nullopt;
  return process ? process : find_opener(claim.client);
}

void look_at(ClaimView& claim) {
  const auto process = find_claimant(claim);
  claim.pid = process ? process->pid : claim.client.thread;
  if (process) claim.command = command_line(process->pid);
}

// Fills in what only the system knows: users' names, the openers' processes and commands.
void look_around(Description& description) {
  std::map<uid_t, std::string> names;
  for_each_claim(description, [&](ClaimView& claim) {
    auto [name, is_new] = names.try_emplace(claim.client.uid);
    if (is_new) name->second = user_name(claim.client.uid);
    claim.user = name->second;
    look_at(claim);
  });
}

// The units that the reader or an ancestor of it holds, one a line; for an expression with the
// lock's name before each. Nothing if none.
std::optional<std::string> render_mine(const Description& description, bool with_names,
                                       pid_t reader) {
  const auto family = lineage(reader);
  const auto is_ours = [&](const ClaimView& holder) {
    const auto process = find_claimant(holder);
    return process && std::find(family.begin(), family.end(), process->pid) != family.end();
  };
  std::string text;
  for (const auto& lock : description.locks) {
    const std::string before = with_names ? lock.name + " " : "";
    for (const auto& unit : lock.units) {
      const bool ours = std::any_of(unit.holders.begin(), unit.holders.end(), is_ours);
      if (ours) text += before + unit.name + "\n";
    }
  }
  return text.empty() ? std::nullopt : std::optional(text);
}

// What to show to whom.
struct Order {
  ViewKind kind = ViewKind::none;
  bool with_names = false;
  pid_t reader = 0;
  Description description;
};

std::optional<std::string> render(Order& order) {
  auto& [kind, with_names, reader, description] = order;
  if (kind == ViewKind::mine) return render_mine(description, with_names, reader);
  look_around(description);
  if (kind == ViewKind::status) return render_table(description, to_local);
  if (kind == ViewKind::status_json) return render_json(description, to_rfc3339);
  return render_json(description.locks.front(), to_rfc3339);
}

}  // namespace

bool Views::render_view(NodeId view, pid_t reader, Done done) {
  Order order{view_kind(view), false, reader, {}};
  if (order.kind == ViewKind::status || order.kind == ViewKind::status_json) {
    order.description = describe(engine_);
  } else {
    const NodeId shown = shown_lock(view);
    order.with_names = engine_.locks().find(shown) == nullptr;
    order.description = describe_all(engine_.locks_of(shown));
    if (order.description.locks.empty()) {
      done(std::nullopt);
      return true;
    }
  }
  return worker_.submit([order = std::move(order), done = std::move(done)]() mutable {
    return Loop::Callback([text = render(order), done = std::move(done)] { done(text); });
  });
}

bool Views::render_lock(HandleId handle, Done done) {
  const Handle* open = engine_.find_handle(handle);
  auto description =
      describe_all(open == nullptr ? std::vector<const Lock*>() : engine_.locks_of(open->node));
  return worker_.submit(
      [description = std::move(description), done = std::move(done)]() mutable -> Loop::Callback {
        look_around(description);
        return [text = render_table(description, to_local), done = std::move(done)] { done(text); };
      });
}

bool Views::find_process(const Claim& claim, std::function<void(pid_t)> done) {
  return worker_.submit(
      [view = describe(claim, claim.mode), done = std::move(done)]() mutable -> Loop::Callback {
        look_at(view);
        return [pid = view.pid, done = std::move(done)] { done(pid); };
      });
}

void Views::keep(HandleId handle, NodeId node, std::string text) {
  texts_[handle] = {node, std::move(text)};
}

const std::string* Views::text_of(HandleId handle) const {
  const auto found = texts_.find(handle);
  return found == texts_.end() ? nullptr : &found->second.text;
}

std::optional<std::size_t> Views::size_of(NodeId node) const {
  for (const auto& [handle, text] : texts_) {
    if (text.node == node) return text.text.size();
  }
  return std::nullopt;
}

void Views::forget(HandleId handle) { texts_.erase(handle); }

}  // namespace lockfs
