#include "fs/views.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/html_view.h"
#include "core/json_view.h"
#include "core/metrics_view.h"
#include "core/table_view.h"
#include "fs/claimants.h"
#include "fs/clock.h"
#include "fs/event_words.h"
#include "fs/nodes.h"
#include "fs/version.h"

namespace lockfs {
namespace {

Description describe_all(const std::vector<const Lock*>& locks) {
  Description description;
  for (const Lock* lock : locks) description.locks.push_back(describe(*lock));
  return description;
}

// A claim alone.
Description describe_one(const Claim& claim) {
  LockView lock;
  lock.waiters.push_back(describe(claim, claim.mode));
  return {{std::move(lock)}};
}

// The units that the reader or an ancestor of it holds, one a line; for an expression with the
// lock's name before each. Nothing if none.
Views::Text render_mine(const Description& description, bool with_names, const Family& family) {
  const auto is_ours = [&](const ClaimView& holder) {
    return family.generation(holder).has_value();
  };
  std::string text;
  for (const auto& lock : description.locks) {
    const std::string before = with_names ? lock.name + " " : "";
    for (const auto& unit : lock.units) {
      const bool ours = std::any_of(unit.holders.begin(), unit.holders.end(), is_ours);
      if (ours) text += before + unit.name + "\n";
    }
  }
  return text.empty() ? nullptr : std::make_shared<const std::string>(std::move(text));
}

Views::Text render(const Description& description, ViewKind kind) {
  const auto share = [](std::string text) {
    return std::make_shared<const std::string>(std::move(text));
  };
  if (kind == ViewKind::status_json) return share(render_json(description, to_rfc3339));
  if (kind == ViewKind::lock_json) {
    return share(render_json(description.locks.front(), to_rfc3339));
  }
  return share(render_table(description, to_local));
}

}  // namespace

// A description on its way: what to look for, and what then to make of it, on the worker's thread.
struct Views::Order {
  Detail detail = Detail::users_and_commands;
  Description description;
  std::function<Loop::Callback(const Description&)> finish;
};

Loop::Callback Views::begin(Order order) {
  find_openers(order.description, order.detail);
  auto orphaned = orphaned_files(order.description);
  if (orphaned.empty()) return order.finish(order.description);
  return [this, order = std::move(order), orphaned = std::move(orphaned)]() mutable {
    look_for_heirs(std::move(order), describe_opens(engine_, orphaned));
  };
}

bool Views::look_up(Order order) {
  return worker_.submit(
      [this, order = std::move(order)]() mutable { return begin(std::move(order)); });
}

void Views::look_for_heirs(Order order, std::vector<OpenView> opens) {
  worker_.resume([order = std::move(order), opens = std::move(opens), mount_point = mount_point_,
                  files = open_files_]() mutable -> Loop::Callback {
    find_heirs(order.description, opens, mount_point, order.detail, *files);
    return order.finish(order.description);
  });
}

bool Views::render_all(ViewKind kind, Done done) {
  if (waiting_.size() >= Worker::max_jobs) return false;
  waiting_.push_back({kind, std::move(done)});
  if (!rendering_all_) render_for_all_waiting();
  return true;
}

void Views::render_for_all_waiting() {
  rendering_all_ = !waiting_.empty();
  if (!rendering_all_) return;
  Order order{Detail::users_and_commands, describe(engine_), {}};
  order.finish = [this, served = std::exchange(waiting_, {})](const Description& found) {
    std::map<ViewKind, Text> texts;
    for (const auto& each : served) {
      if (!texts[each.kind]) texts[each.kind] = render(found, each.kind);
    }
    return Loop::Callback([this, served, texts] {
      for (const auto& each : served) each.done(texts.at(each.kind));
      render_for_all_waiting();
    });
  };
  worker_.resume([this, order = std::move(order)]() mutable { return begin(std::move(order)); });
}

bool Views::render_metrics(Done done) {
  return worker_.submit([facts = gather_metrics(engine_, version()), done = std::move(done)] {
    auto text = std::make_shared<const std::string>(lockfs::render_metrics(facts));
    return Loop::Callback([text = std::move(text), done] { done(text); });
  });
}

// The latest events are copied here, of which there are a thousand at most.
bool Views::render_page(Done done) {
  PageFacts facts;
  facts.now = wall_now();
  facts.local_time = to_local;
  const std::uint64_t end = events_.oldest() + events_.size();
  const std::uint64_t wanted = std::min<std::uint64_t>(events_on_page, events_.size());
  for (auto next = end - wanted; next < end; ++next) facts.recent.push_back(events_.at(next));
  return look_up({Detail::users_and_commands, describe(engine_),
                  [facts = std::move(facts), done = std::move(done)](const Description& found) {
                    LocalWords local;
                    PageFacts page = facts;
                    page.description = found;
                    page.user = local.words().user;
                    auto text = std::make_shared<const std::string>(lockfs::render_page(page));
                    return Loop::Callback([text = std::move(text), done] { done(text); });
                  }});
}

bool Views::render_view(NodeId view, pid_t reader, Done done) {
  const ViewKind kind = view_kind(view);
  if (kind == ViewKind::metrics) return render_metrics(std::move(done));
  if (kind == ViewKind::page) return render_page(std::move(done));
  if (kind == ViewKind::status || kind == ViewKind::status_json) {
    return render_all(kind, std::move(done));
  }
  const NodeId shown = shown_lock(view);
  auto description = describe_all(engine_.locks_of(shown));
  if (description.locks.empty()) {
    done(nullptr);
    return true;
  }
  if (kind != ViewKind::mine) return render_as(kind, std::move(description), std::move(done));
  const bool with_names = engine_.locks().find(shown) == nullptr;
  return look_up({Detail::processes, std::move(description),
                  [=, done = std::move(done)](const Description& found) -> Loop::Callback {
                    auto text = render_mine(found, with_names, Family(reader));
                    return [text = std::move(text), done] { done(text); };
                  }});
}

bool Views::render_as(ViewKind kind, Description description, Done done) {
  return look_up({Detail::users_and_commands, std::move(description),
                  [kind, done = std::move(done)](const Description& found) -> Loop::Callback {
                    return [text = render(found, kind), done] { done(text); };
                  }});
}

bool Views::render_lock(HandleId handle, Done done) {
  const Handle* open = engine_.find_handle(handle);
  auto description =
      describe_all(open == nullptr ? std::vector<const Lock*>() : engine_.locks_of(open->node));
  return render_as(ViewKind::none, std::move(description), std::move(done));
}

bool Views::find_process(const Claim& claim, std::function<void(pid_t)> done) {
  return look_up({Detail::processes, describe_one(claim),
                  [done = std::move(done)](const Description& found) -> Loop::Callback {
                    const pid_t pid = found.locks.front().waiters.front().pid;
                    return [pid, done] { done(pid); };
                  }});
}

bool Views::find_holds(HandleId handle, pid_t thread,
                       std::function<void(std::vector<Ticket>)> done) {
  const Handle* open = engine_.find_handle(handle);
  auto description =
      describe_all(open == nullptr ? std::vector<const Lock*>() : engine_.locks_of(open->node));
  return look_up({Detail::processes, std::move(description),
                  [thread, done = std::move(done)](const Description& found) -> Loop::Callback {
                    return [tickets = holds_of(Family(thread), found), done] { done(tickets); };
                  }});
}

bool Views::has_room(uid_t uid, std::size_t bytes) const {
  const auto used = bytes_per_user_.find(uid);
  const std::size_t before = used == bytes_per_user_.end() ? 0 : used->second;
  return uid == 0 || before + bytes <= max_bytes_per_user;
}

bool Views::keep(HandleId handle, NodeId node, const Text& text) {
  const Handle* open = engine_.find_handle(handle);
  if (open == nullptr) return true;  // closed meanwhile
  forget(handle);
  if (!has_room(open->client.uid, text->size())) return false;
  bytes_per_user_[open->client.uid] += text->size();
  texts_[handle] = {node, open->client.uid, text};
  return true;
}

const std::string* Views::text_of(HandleId handle) const {
  const auto found = texts_.find(handle);
  return found == texts_.end() ? nullptr : found->second.text.get();
}

std::optional<std::size_t> Views::size_of(NodeId node) const {
  for (const auto& [handle, kept] : texts_) {
    if (kept.node == node) return kept.text->size();
  }
  return std::nullopt;
}

void Views::forget(HandleId handle) {
  const auto found = texts_.find(handle);
  if (found == texts_.end()) return;
  const auto bytes = bytes_per_user_.find(found->second.uid);
  bytes->second -= found->second.text->size();
  if (bytes->second == 0) bytes_per_user_.erase(bytes);
  texts_.erase(found);
}

}  // namespace lockfs
