// The kernel's numbers for our files.
//
// Locks and expressions have the engine's ids (64 and up, below 2^36). Fixed files have small ones.
// Views and the control file get a fresh one at each look-up, since each open of one is a thing of
// its own: its kind, a serial number and the lock it shows are in the number itself, so that
// nothing need be remembered and nothing hangs on FORGET.
//
//     bits 60..63 kind   bits 36..59 serial   bits 0..35 the lock's id
#pragma once

#include <cstdint>

#include "core/types.h"

namespace lockfs {

inline constexpr NodeId root_node{1};
inline constexpr NodeId json_folder{2};
inline constexpr NodeId mine_folder{3};
inline constexpr NodeId hold_folder{4};

enum class ViewKind : std::uint8_t {
  none = 0,  // a lock, an expression or a folder
  status = 1,
  status_json = 2,
  lock_json = 3,
  mine = 4,
  control = 5,
  hold = 6,  // opening acquires; the same number each time, for nothing but the lock is in it
  events = 7,
  metrics = 8,
  page = 9,  // the status as a page for a browser
};

inline ViewKind view_kind(NodeId node) {
  return static_cast<ViewKind>(static_cast<std::uint64_t>(node) >> 60U);
}

// Whether what is read is made at the open, and so has a size.
inline bool is_rendered(ViewKind kind) {
  return kind != ViewKind::none && kind != ViewKind::control && kind != ViewKind::hold &&
         kind != ViewKind::events;
}

inline NodeId shown_lock(NodeId view) {
  return NodeId{static_cast<std::uint64_t>(view) & ((std::uint64_t{1} << 36U) - 1)};
}

inline NodeId view_node(ViewKind kind, std::uint32_t serial, NodeId lock = NodeId::none) {
  return NodeId{(static_cast<std::uint64_t>(kind) << 60U) |
                (static_cast<std::uint64_t>(serial & 0xffffffU) << 36U) |
                static_cast<std::uint64_t>(lock)};
}

// The number that stat(2) shows: the same at each look-up, or cp(1) takes a view for another file
// than it found.
inline ino_t inode_number(NodeId node) {
  const ViewKind kind = view_kind(node);
  const NodeId same = kind == ViewKind::none ? node : view_node(kind, 0, shown_lock(node));
  return static_cast<ino_t>(same);
}

inline bool is_folder(NodeId node) {
  return node == root_node || node == json_folder || node == mine_folder || node == hold_folder;
}

}  // namespace lockfs
