// The texts behind the files that are read: status, JSON, .mine, a lock's own lines.
//
// A text is rendered when somebody opens or first reads the file, on the worker's thread from a
// description taken after that, and belongs to that descriptor: one open is one consistent
// snapshot. Whoever wants to see everything while it is being rendered shares the next rendering,
// so there is never more than one description of everything. What one user's descriptors keep is
// limited, but for root.
//
// Only for whoever has the turn (loop.h), but for what the jobs do.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/description.h"
#include "core/event_ring.h"
#include "core/types.h"
#include "fs/nodes.h"
#include "fs/open_files.h"
#include "fs/worker.h"

namespace lockfs {

class Views {
 public:
  // Nothing if there is none to show.
  using Text = std::shared_ptr<const std::string>;
  // Called by the loop.
  using Done = std::function<void(const Text&)>;

  static constexpr std::size_t max_bytes_per_user = std::size_t{256} << 20U;

  Views(const Engine& engine, const EventRing& events, Worker& worker, std::string mount_point)
      : engine_(engine), events_(events), worker_(worker), mount_point_(std::move(mount_point)) {}

  // Renders what a view node shows to this reader. False if too much is waiting to be rendered.
  bool render_view(NodeId view, pid_t reader, Done done);
  // Renders a lock's own lines, or those of all the locks an expression's descriptor names.
  bool render_lock(HandleId handle, Done done);

  // Looks for the process behind a claim; 0 if none is to be seen. False as above.
  bool find_process(const Claim& claim, std::function<void(pid_t)> done);

  // Looks for what the process of this thread, or else the nearest of its ancestors, holds of the
  // locks that the descriptor is open on. False as above.
  bool find_holds(HandleId handle, pid_t thread, std::function<void(std::vector<Ticket>)> done);

  // Whether this user may keep so much more.
  bool has_room(uid_t uid, std::size_t bytes) const;
  // Keeps the text that is read from an open descriptor. False if its user has too much already.
  bool keep(HandleId handle, NodeId node, const Text& text);
  const std::string* text_of(HandleId handle) const;
  // The size of a text that is read under this node.
  std::optional<std::size_t> size_of(NodeId node) const;
  void forget(HandleId handle);

 private:
  struct Order;
  bool look_up(Order order);
  Loop::Callback begin(Order order);  // on the worker's thread
  bool render_all(ViewKind kind, Done done);
  void render_for_all_waiting();
  void look_for_heirs(Order order, std::vector<OpenView> opens);
  bool render_metrics(Done done);
  bool render_page(Done done);
  bool render_as(ViewKind kind, Description description, Done done);

  struct Kept {
    NodeId node = NodeId::none;
    uid_t uid = 0;
    Text text;
  };
  struct Waiting {
    ViewKind kind = ViewKind::status;
    Done done;
  };

  const Engine& engine_;
  const EventRing& events_;
  Worker& worker_;
  const std::string mount_point_;
  // For the jobs alone, the last of which may still run when this is gone.
  const std::shared_ptr<OpenFiles> open_files_ = std::make_shared<OpenFiles>();
  std::unordered_map<HandleId, Kept> texts_;
  std::unordered_map<uid_t, std::size_t> bytes_per_user_;
  std::vector<Waiting> waiting_;  // to see everything
  bool rendering_all_ = false;
};

}  // namespace lockfs
