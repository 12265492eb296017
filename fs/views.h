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

  // Looks for the process behind a claim; 0 if none is to be seen. False as above.
  bool find_process(const Claim& claim, std::function<void(pid_t)> done);

  // Keeps the text that is read from a descriptor.
  void keep(HandleId handle, NodeId node, std::string text);
  const std::string* text_of(HandleId handle) const;
  // The size of a text that is read under this node.
  std::optional<std::size_t> size_of(NodeId node) const;
  void forget(HandleId handle);

 private:
  struct Text {
    NodeId node = NodeId::none;
    std::string text;
  };

  const Engine& engine_;
  Worker& worker_;
  std::unordered_map<HandleId, Text> texts_;
};

}  // namespace lockfs
