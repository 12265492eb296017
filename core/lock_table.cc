#include "core/lock_table.h"

namespace lockfs {
namespace {

template <class Lingering>
void drop(Lingering& table, decltype(table.entries.begin()) entry) {
  table.by_text.erase(entry->text);
  table.by_node.erase(entry->node);
  table.entries.erase(entry);
}

template <class Lingering, class Entry>
Entry& put_first(Lingering& table, Entry entry) {
  table.entries.push_front(std::move(entry));
  const auto first = table.entries.begin();
  table.by_text.emplace(first->text, first);
  table.by_node.emplace(first->node, first);
  return *first;
}

}  // namespace

Lock* LockTable::find(NodeId node) const {
  const auto found = locks_.find(node);
  return found == locks_.end() ? nullptr : found->second.get();
}

Lock* LockTable::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::string LockTable::lingering_name(NodeId node) const {
  const auto found = gone_.by_node.find(node);
  return found == gone_.by_node.end() ? std::string() : found->second->text;
}

NodeId LockTable::take_node(std::string_view name) {
  const auto known = gone_.by_text.find(name);
  if (known == gone_.by_text.end()) return NodeId{next_node_++};
  const NodeId node = known->second->node;
  drop(gone_, known->second);
  return node;
}

Lock& LockTable::make(std::string_view name, LockKind kind) {
  return restore(take_node(name), name, kind);
}

Lock& LockTable::restore(NodeId node, std::string_view name, LockKind kind) {
  auto lock = std::make_unique<Lock>();
  lock->node = node;
  lock->name = name;
  lock->kind = kind;
  Lock& made = *lock;
  by_name_.emplace(made.name, &made);
  locks_.emplace(made.node, std::move(lock));
  return made;
}

void LockTable::add_gone(NodeId node, std::string_view name) {
  put_first(gone_, GoneLock{node, std::string(name)});
  if (gone_.entries.size() > max_lingering) drop(gone_, std::prev(gone_.entries.end()));
}

void LockTable::erase(Lock& lock) {
  if (lock.kind == LockKind::dynamic) add_gone(lock.node, lock.name);
  by_name_.erase(lock.name);
  locks_.erase(lock.node);
}

NamedExpression* LockTable::find_expression(NodeId node) {
  const auto found = expressions_.by_node.find(node);
  return found == expressions_.by_node.end() ? nullptr : &*found->second;
}

const NamedExpression* LockTable::find_expression(NodeId node) const {
  const auto found = expressions_.by_node.find(node);
  return found == expressions_.by_node.end() ? nullptr : &*found->second;
}

NamedExpression* LockTable::find_expression(std::string_view text) {
  const auto found = expressions_.by_text.find(text);
  return found == expressions_.by_text.end() ? nullptr : &*found->second;
}

NamedExpression& LockTable::intern(std::string_view text, Expression expression) {
  if (const auto known = expressions_.by_text.find(text); known != expressions_.by_text.end()) {
    auto& entries = expressions_.entries;
    entries.splice(entries.begin(), entries, known->second);
    return entries.front();
  }
  auto& made = restore_expression(NodeId{next_node_++}, text, std::move(expression));
  drop_old_expressions();
  return made;
}

NamedExpression& LockTable::restore_expression(NodeId node, std::string_view text,
                                               Expression expression) {
  return put_first(expressions_,
                   NamedExpression{node, std::string(text), std::move(expression), 0});
}

// Those that are open do not count and are passed over: their number is bounded by the opens'.
void LockTable::drop_old_expressions() {
  auto& entries = expressions_.entries;
  auto oldest = std::prev(entries.end());
  while (entries.size() > max_lingering && oldest != entries.begin()) {
    const auto next = std::prev(oldest);
    if (oldest->opens == 0) {
      drop(expressions_, oldest);
      return;
    }
    entries.splice(std::next(entries.begin()), entries, oldest);
    oldest = next;
  }
}

}  // namespace lockfs
