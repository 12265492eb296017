// A directed graph of numbered nodes, and its circles.
#pragma once

#include <cstdint>
#include <vector>

namespace lockfs {

class Digraph {
 public:
  using Node = std::uint32_t;

  Node add() {
    edges_.emplace_back();
    return static_cast<Node>(edges_.size() - 1);
  }
  void connect(Node from, Node to) { edges_[from].push_back(to); }

  // The strongly connected components of more than one node: sets in which each node can be reached
  // from each other one.
  std::vector<std::vector<Node>> circles() const;

 private:
  std::vector<std::vector<Node>> edges_;
};

}  // namespace lockfs
