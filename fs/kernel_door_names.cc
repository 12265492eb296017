// The kernel's door: names, attributes, folders.
#include <unistd.h>

#include <cerrno>
#include <string>

#include "fs/attributes.h"
#include "fs/clock.h"
#include "fs/errno_of.h"
#include "fs/kernel_door.h"
#include "fs/nodes.h"

namespace lockfs {
namespace {

// A configured lock's entry may be remembered: should a reload take it away, opening its node fails
// with ESTALE and the kernel looks the name up again by itself.
constexpr double configured_entry_timeout = 3600;

// How long a name can be that the kernel hands us; locks' are shorter, expressions' fill it.
bool too_long(std::string_view name) { return name.size() > max_expression_bytes; }

// Whether somebody meant an expression, and it is none.
bool is_malformed(std::string_view name) {
  return name.find_first_of("+,@=") != std::string_view::npos && !parse_expression(name);
}

}  // namespace

NodeId KernelDoor::fresh_view(ViewKind kind, NodeId lock) {
  return view_node(kind, next_serial_++, lock);
}

// The node of a lock or an expression; an expression is given one when it is first looked up.
NodeId KernelDoor::find_lock(std::string_view name) {
  Engine& engine = service_.engine();
  if (const auto node = engine.find_node(name)) return *node;
  if (valid_name(name) || !parse_expression(name)) return NodeId::none;
  service_.post(event::Intern{std::string(name)});
  return engine.find_node(name).value_or(NodeId::none);
}

// The node of a name, made for this look-up if it is a view's; none if there is no such name.
NodeId KernelDoor::find_name(NodeId parent, std::string_view name) {
  const NodeId lock = find_lock(name);
  if (parent == json_folder) {
    const bool one = service_.engine().locks().find(lock) != nullptr;
    return one ? fresh_view(ViewKind::lock_json, lock) : NodeId::none;
  }
  if (parent == mine_folder) {
    return lock == NodeId::none ? lock : fresh_view(ViewKind::mine, lock);
  }
  if (parent == hold_folder) {
    return lock == NodeId::none ? lock : view_node(ViewKind::hold, 0, lock);
  }
  if (name == "status") return fresh_view(ViewKind::status);
  if (name == "status.json") return fresh_view(ViewKind::status_json);
  if (name == ".ctl") return fresh_view(ViewKind::control);
  if (name == ".events") return fresh_view(ViewKind::events);
  if (name == ".metrics") return fresh_view(ViewKind::metrics);
  if (name == ".status.html") return fresh_view(ViewKind::page);
  if (name == ".json") return json_folder;
  if (name == ".mine") return mine_folder;
  if (name == ".hold") return hold_folder;
  return lock;
}

// False if there is nothing under this node any more.
bool KernelDoor::stat_node(NodeId node, struct stat& st) const {
  const WallTime now = wall_now();
  if (is_folder(node)) {
    st = folder_attributes(node, now);
  } else if (view_kind(node) == ViewKind::hold) {
    if (!stat_node(shown_lock(node), st)) return false;
    st.st_ino = inode_number(node);
  } else if (view_kind(node) != ViewKind::none) {
    st = view_attributes(node, views_.size_of(node).value_or(0), now);
  } else if (const Lock* lock = service_.engine().locks().find(node)) {
    st = lock_attributes(*lock);
  } else if (service_.engine().may_lock(node, 0)) {
    st = expression_attributes(node, now);
  } else {
    return false;
  }
  return true;
}

// A dynamic lock that went while its opener was sent back to look it up (create_to_hold).
bool KernelDoor::reply_expected(fuse_req_t req, std::string_view name) {
  const auto lock = service_.engine().find_expected(name, fuse_req_ctx(req)->pid);
  if (!lock) return false;
  const NodeId node = view_node(ViewKind::hold, 0, *lock);
  fuse_entry_param entry{};
  entry.ino = static_cast<fuse_ino_t>(node);
  entry.attr = expression_attributes(node, wall_now());
  fuse_reply_entry(req, &entry);
  return true;
}

void KernelDoor::lookup(fuse_req_t req, NodeId parent, const char* name) {
  if (too_long(name)) {
    fuse_reply_err(req, ENAMETOOLONG);
    return;
  }
  const NodeId node = find_name(parent, name);
  if (node == NodeId::none && parent == hold_folder && reply_expected(req, name)) return;
  fuse_entry_param entry{};
  entry.ino = static_cast<fuse_ino_t>(node);
  if (node == NodeId::none || !stat_node(node, entry.attr)) {
    fuse_reply_err(req, is_malformed(name) ? EINVAL : ENOENT);
    return;
  }
  const Lock* lock = service_.engine().locks().find(node);
  const bool lasts = is_folder(node) || (lock != nullptr && lock->configured);
  entry.entry_timeout = lasts ? configured_entry_timeout : 0;
  fuse_reply_entry(req, &entry);
}

void KernelDoor::reply_attributes(fuse_req_t req, const struct stat& st) {
  fuse_reply_attr(req, &st, 0);
}

// A view that nobody has open under this node is rendered to tell its true size.
void KernelDoor::get_attributes(fuse_req_t req, NodeId node) {
  struct stat st {};
  if (!stat_node(node, st)) {
    fuse_reply_err(req, ESTALE);
    return;
  }
  const ViewKind kind = view_kind(node);
  if (!is_rendered(kind) || views_.size_of(node)) {
    return reply_attributes(req, st);
  }
  const pid_t reader = fuse_req_ctx(req)->pid;
  reply_when_rendered(
      req, [&](Views::Done done) { return views_.render_view(node, reader, std::move(done)); },
      [this, node](fuse_req_t request, const Views::Text& text) {
        if (!text) {
          fuse_reply_err(request, ENOENT);
          return;
        }
        reply_attributes(request, view_attributes(node, text->size(), wall_now()));
      });
}

// Truncating and touching succeed and change nothing: pid-file writers and touch(1) do so.
void KernelDoor::set_attributes(fuse_req_t req, NodeId node, int which) {
  constexpr int owners_and_modes = FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID;
  struct stat st {};
  if ((which & owners_and_modes) != 0) {
    fuse_reply_err(req, EPERM);
  } else if (!stat_node(node, st)) {
    fuse_reply_err(req, ESTALE);
  } else {
    reply_attributes(req, st);
  }
}

// access(2) and `test -w`: whether the caller may lock it. Reading is open to all.
void KernelDoor::access(fuse_req_t req, NodeId node, int mask) {
  struct stat st {};
  if (!stat_node(node, st)) {
    fuse_reply_err(req, ESTALE);
    return;
  }
  const uid_t uid = fuse_req_ctx(req)->uid;
  bool allowed = (mask & X_OK) == 0 || is_folder(node);
  if ((mask & W_OK) != 0) {
    const Engine& engine = service_.engine();
    if (node == root_node) {
      allowed = allowed && engine.may_create(uid);
    } else if (view_kind(node) == ViewKind::hold) {
      allowed = allowed && engine.may_lock(shown_lock(node), uid).value_or(false);
    } else if (is_folder(node) || view_kind(node) != ViewKind::none) {
      allowed = allowed && view_kind(node) == ViewKind::control && engine.may_command(uid);
    } else {
      allowed = allowed && engine.may_lock(node, uid).value_or(false);
    }
  }
  fuse_reply_err(req, allowed ? 0 : EACCES);
}

void KernelDoor::unlink(fuse_req_t req, NodeId parent, const char* name) {
  if (parent != root_node || service_.engine().locks().find(std::string_view(name)) == nullptr) {
    fuse_reply_err(req, EPERM);
    return;
  }
  expect_answer(req, ReplyForm::status);
  service_.post(event::Unlink{current_, name, fuse_req_ctx(req)->uid});
}

namespace {

// Entries until the kernel's buffer is full. Each is found again by its node, so that a listing
// goes on where it was, whatever came and went meanwhile.
class FolderPage {
 public:
  FolderPage(fuse_req_t req, std::size_t size) : req_(req), page_(size, '\0') {}

  bool add(std::string_view name, NodeId node, mode_t type, off_t next) {
    struct stat st {};
    st.st_ino = inode_number(node);
    st.st_mode = type;
    const std::string text(name);
    const std::size_t entry = fuse_add_direntry(req_, page_.data() + used_, page_.size() - used_,
                                                text.c_str(), &st, next);
    if (entry > page_.size() - used_) return false;
    used_ += entry;
    return true;
  }
  void reply() { fuse_reply_buf(req_, page_.data(), used_); }

 private:
  fuse_req_t req_;
  std::string page_;
  std::size_t used_ = 0;
};

constexpr std::size_t max_folder_page = 1U << 20U;

struct FixedEntry {
  std::string_view name;
  NodeId node;
  mode_t type;
};

}  // namespace

void KernelDoor::read_folder(fuse_req_t req, NodeId node, std::size_t size, off_t offset) {
  FolderPage page(req, std::min(size, max_folder_page));
  const FixedEntry fixed[] = {{".", node, S_IFDIR},
                              {"..", root_node, S_IFDIR},
                              {"status", fresh_view(ViewKind::status), S_IFREG},
                              {"status.json", fresh_view(ViewKind::status_json), S_IFREG}};
  const off_t fixed_count = node == root_node ? 4 : 2;
  for (off_t i = offset; i < fixed_count; ++i) {
    if (!page.add(fixed[i].name, fixed[i].node, fixed[i].type, i + 1)) return page.reply();
  }
  const auto& locks = service_.engine().locks().locks();
  const auto last = static_cast<std::uint64_t>(std::max(offset, fixed_count));
  for (auto at = locks.upper_bound(NodeId{last}); node == root_node && at != locks.end(); ++at) {
    if (!page.add(at->second->name, at->first, S_IFREG, static_cast<off_t>(at->first))) break;
  }
  page.reply();
}

}  // namespace lockfs
