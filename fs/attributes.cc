#include "fs/attributes.h"

#include <unistd.h>

#include "fs/nodes.h"

namespace lockfs {
namespace {

struct stat attributes(NodeId node, mode_t mode, WallTime time) {
  struct stat st {};
  st.st_ino = inode_number(node);
  st.st_mode = mode;
  st.st_nlink = 1;
  st.st_uid = ::geteuid();
  st.st_gid = ::getegid();
  st.st_blksize = 4096;
  st.st_mtim.tv_sec = time / 1'000'000'000;
  st.st_mtim.tv_nsec = time % 1'000'000'000;
  st.st_atim = st.st_mtim;
  st.st_ctim = st.st_mtim;
  return st;
}

}  // namespace

struct stat lock_attributes(const Lock& lock) {
  const mode_t mode = lock.access.everyone ? 0666 : 0664;
  struct stat st = attributes(lock.node, S_IFREG | mode, lock.last_grant);
  if (lock.configured && ::geteuid() == 0) st.st_gid = lock.group;
  return st;
}

struct stat expression_attributes(NodeId node, WallTime now) {
  return attributes(node, S_IFREG | 0666, now);
}

struct stat folder_attributes(NodeId node, WallTime now) {
  struct stat st = attributes(node, S_IFDIR | 0755, now);
  st.st_nlink = 2;
  return st;
}

struct stat view_attributes(NodeId node, std::size_t size, WallTime now) {
  const mode_t mode = view_kind(node) == ViewKind::control ? 0666 : 0444;
  struct stat st = attributes(node, S_IFREG | mode, now);
  st.st_size = static_cast<off_t>(size);
  st.st_blocks = (st.st_size + 511) / 512;
  return st;
}

}  // namespace lockfs
