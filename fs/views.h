// The texts behind the files that are read: status, JSON, .mine, a lock's own lines.
//
// A text is rendered when somebody opens or first reads the file, on the worker's thread from a
// description taken before, and belongs to that descriptor: one open is one consistent snapshot.
// Only for whoever has the turn (loop.h), but
// for what the jobs do.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/description.h"
#include "core/types.h"
#include "fs/worker.h"

namespace lockfs {

class Views {
 public:
  // Called by the loop with the text; nothing if there is none to show.
  using Done = std::function<void(std::optional<std::string>)>;

  Views(const Engine& engine, Worker& worker) : engine_(engine), worker_(worker) {}

  // Renders what a view node shows to this reader. False if too much is waiting to be rendered.
  bool render_view(NodeId view, pid_t reader, Done done);
  // Renders a lock's own lines, or those of all the locks an expression's descriptor names.
  bool render_lock(HandleId handle, Done done);

  // Keeps a view's text for its descriptor.
  void keep(HandleId handle, NodeId node, std::string text);
  const std::string* text_of(HandleId handle) const;
  // The size of the latest text that was opened under this node.
  std::optional<std::size_t> size_of(NodeId node) const;

  // Lock files ignore offsets: what is read at `offset` of a descriptor, relative to where its
  // snapshot begins; nothing if a new snapshot must be taken first (start_reading).
  std::optional<std::string_view> read_lock(HandleId handle, off_t offset, std::size_t size) const;
  void start_reading(HandleId handle, off_t offset, std::string text);
  // What was written makes the next read begin anew, wherever the offset is now.
  void restart_reading(HandleId handle);

  void forget(HandleId handle);

 private:
  struct Text {
    NodeId node = NodeId::none;
    std::string text;
    off_t base = 0;  // the offset at which the text begins
  };

  const Engine& engine_;
  Worker& worker_;
  std::unordered_map<HandleId, Text> texts_;
};

}  // namespace lockfs
