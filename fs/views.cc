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

// Fills in what only the system knows: users' names, the openers' processes and commands.
void look_around(Description& description) {
  std::map<uid_t, std::string> names;
  for_each_claim(description, [&](ClaimView& claim) {
    auto [name, is_new] = names.try_emplace(claim.client.uid);
    if (is_new) name->second = user_name(claim.client.uid);
    claim.user = name->second;
    const auto opener = find_opener(claim.client);
    claim.pid = opener ? opener->pid : claim.client.thread;
    if (opener) claim.command = command_line(opener->pid);
  });
}

// The units that the reader or an ancestor of it holds, one a line; nothing if none.
std::optional<std::string> render_mine(const Description& description, pid_t reader) {
  const auto family = lineage(reader);
  const auto is_ours = [&](const ClaimView& holder) {
    const auto opener = find_opener(holder.client);
    return opener && std::find(family.begin(), family.end(), opener->pid) != family.end();
  };
  std::string text;
  for (const auto& unit : description.locks.front().units) {
    if (std::any_of(unit.holders.begin(), unit.holders.end(), is_ours)) text += unit.name + "\n";
  }
  return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<std::string> render(ViewKind kind, Description& description, pid_t reader) {
  if (kind == ViewKind::mine) return render_mine(description, reader);
  look_around(description);
  if (kind == ViewKind::status) return render_table(description, to_local);
  if (kind == ViewKind::status_json) return render_json(description, to_rfc3339);
  return render_json(description.locks.front(), to_rfc3339);
}

}  // namespace

bool Views::render_view(NodeId view, pid_t reader, Done done) {
  const ViewKind kind = view_kind(view);
  Description description;
  if (kind == ViewKind::status || kind == ViewKind::status_json) {
    description = describe(engine_);
  } else if (const Lock* lock = engine_.locks().find(shown_lock(view))) {
    description.locks.push_back(describe(*lock));
  } else {
    done(std::nullopt);
    return true;
  }
  return worker_.submit([kind, reader, description = std::move(description),
                         done = std::move(done)]() mutable -> Loop::Callback {
    return [text = render(kind, description, reader), done = std::move(done)] { done(text); };
  });
}

bool Views::render_lock(HandleId handle, Done done) {
  Description description;
  if (const Handle* open = engine_.find_handle(handle)) {
    for (const Lock* lock : open->names) description.locks.push_back(describe(*lock));
  }
  return worker_.submit(
      [description = std::move(description), done = std::move(done)]() mutable -> Loop::Callback {
        look_around(description);
        return [text = render_table(description, to_local), done = std::move(done)] { done(text); };
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
