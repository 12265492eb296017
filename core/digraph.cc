#include "core/digraph.h"

#include <algorithm>

namespace lockfs {
namespace {

// Tarjan's algorithm, with a stack of its own instead of recursion.
class Components {
 public:
  using Node = Digraph::Node;

  explicit Components(const std::vector<std::vector<Node>>& edges)
      : edges_(edges), order_(edges.size()), lowest_(edges.size()), done_(edges.size()) {}

  std::vector<std::vector<Node>> find() {
    for (Node node = 0; node < edges_.size(); ++node) {
      if (order_[node] == 0) walk(node);
    }
    return std::move(circles_);
  }

 private:
  struct Step {
    Node node;
    std::size_t next = 0;  // which of its edges
  };

  void enter(Node node) {
    order_[node] = lowest_[node] = ++last_;
    open_.push_back(node);
    path_.push_back({node});
  }

  void walk(Node start) {
    enter(start);
    while (!path_.empty()) {
      auto& [node, next] = path_.back();
      if (next == edges_[node].size()) {
        leave(node);
        continue;
      }
      const Node to = edges_[node][next++];
      if (order_[to] == 0) {
        enter(to);
      } else if (!done_[to]) {
        lowest_[node] = std::min(lowest_[node], order_[to]);
      }
    }
  }

  void leave(Node node) {
    path_.pop_back();
    if (!path_.empty()) {
      auto& lowest = lowest_[path_.back().node];
      lowest = std::min(lowest, lowest_[node]);
    }
    if (lowest_[node] != order_[node]) return;
    const auto first = std::find(open_.rbegin(), open_.rend(), node).base() - 1;
    std::vector<Node> component(first, open_.end());
    open_.erase(first, open_.end());
    for (const Node each : component) done_[each] = true;
    if (component.size() > 1) circles_.push_back(std::move(component));
  }

  const std::vector<std::vector<Node>>& edges_;
  std::vector<Node> order_;   // in which they were entered, from 1; 0: not yet
  std::vector<Node> lowest_;  // that can be reached
  std::vector<bool> done_;
  std::vector<Node> open_;
  std::vector<Step> path_;
  std::vector<std::vector<Node>> circles_;
  Node last_ = 0;
};

}  // namespace

std::vector<std::vector<Digraph::Node>> Digraph::circles() const {
  return Components(edges_).find();
}

}  // namespace lockfs
