// All locks, by node and by name, and the expressions that were given a node.
//
// Node ids are given out once and never reused for another name. A dynamic lock that nobody uses
// goes; its name and node linger in a bounded list, so that an open that looked it up a moment ago
// still finds it. Expressions stay while somebody has them open, the others in a bounded list,
// latest used first. Owned by the engine. Not thread-safe.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/expression.h"
#include "core/lock.h"

namespace lockfs {

// An expression that was looked up as a file name.
struct NamedExpression {
  NodeId node = NodeId::none;
  std::string text;
  Expression expression;
  std::uint32_t opens = 0;
};

class LockTable {
 public:
  static constexpr std::size_t max_lingering = 4096;
  static constexpr std::uint64_t first_node = 64;  // below: the doors' own fixed nodes

  Lock* find(NodeId node) const;
  Lock* find(std::string_view name) const;
  NamedExpression* find_expression(NodeId node);
  const NamedExpression* find_expression(NodeId node) const;
  NamedExpression* find_expression(std::string_view text);
  // The name of a dynamic lock that was there a moment ago; empty if there is none.
  std::string lingering_name(NodeId node) const;
  const std::map<NodeId, std::unique_ptr<Lock>>& locks() const { return locks_; }

  Lock& make(std::string_view name, LockKind kind);
  void erase(Lock& lock);
  NamedExpression& intern(std::string_view text, Expression expression);

 private:
  friend class Restorer;  // snapshot_restore.cc
  friend class Saver;     // snapshot_save.cc

  template <class Entry>
  struct Lingering {
    std::list<Entry> entries;  // latest first
    std::unordered_map<std::string_view, typename std::list<Entry>::iterator> by_text;
    std::unordered_map<NodeId, typename std::list<Entry>::iterator> by_node;
  };
  struct GoneLock {
    NodeId node;
    std::string text;
  };

  Lock& restore(NodeId node, std::string_view name, LockKind kind);
  NamedExpression& restore_expression(NodeId node, std::string_view text, Expression expression);
  // From the one that went first to the latest.
  template <class Iterator>
  void restore_gone(Iterator first, Iterator last) {
    for (; first != last; ++first) add_gone(first->node, first->text);
  }
  void add_gone(NodeId node, std::string_view name);
  NodeId take_node(std::string_view name);
  void drop_old_expressions();

  std::map<NodeId, std::unique_ptr<Lock>> locks_;
  std::unordered_map<std::string_view, Lock*> by_name_;  // keys are the locks' own names
  Lingering<GoneLock> gone_;
  Lingering<NamedExpression> expressions_;
  std::uint64_t next_node_ = first_node;
};

}  // namespace lockfs
