// The kernel's door: each request of the FUSE protocol, decoded and posted as an event, or answered
// on the spot where nothing changes. Thin: what a request means for the locks is the engine's to
// say.
//
// Nothing here blocks; LOOKUP and CREATE always answer at once (the kernel keeps the folder locked
// meanwhile). What must be rendered goes to the worker and is answered when done, unless a signal
// to the caller comes first. Only for whoever has the turn (loop.h).
#pragma once

#include <fuse_lowlevel.h>
#include <linux/fuse.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "fs/close_request.h"
#include "fs/control.h"
#include "fs/event_feed.h"
#include "fs/lock_request.h"
#include "fs/nodes.h"
#include "fs/raw_request.h"
#include "fs/service.h"
#include "fs/views.h"

namespace lockfs {

class KernelDoor {
 public:
  KernelDoor(Service& service, Views& views, Control& control, EventFeed& feed)
      : service_(service), views_(views), control_(control), feed_(feed) {}

  // The table for fuse_session_new(), with a KernelDoor* as its user data.
  static const fuse_lowlevel_ops& operations();

  // The mount's descriptor: what libfuse has no part in is answered there.
  void answer_to(int fuse) { service_.pending().answer_to(fuse); }
  // Says which request the next operation is (libfuse does not), and that it has been handled.
  void begin(RawRequestView request);
  void end();
  // Whether a request that was handled has not been answered yet.
  bool is_pending(RequestId id) const { return service_.pending().contains(id); }
  Journal& journal() { return service_.journal(); }
  // Called when a request for a lock has begun to wait, with the thread that waits.
  std::function<void(RequestId, pid_t)> on_wait;
  // A signal came to whoever made that request. A wait for a lock is over then, and so is whatever
  // else is not answered yet.
  void interrupt(RequestId id);

  // --- names (kernel_door_names.cc)
  void lookup(fuse_req_t req, NodeId parent, const char* name);
  void get_attributes(fuse_req_t req, NodeId node);
  void set_attributes(fuse_req_t req, NodeId node, int which);
  void access(fuse_req_t req, NodeId node, int mask);
  void unlink(fuse_req_t req, NodeId parent, const char* name);
  void read_folder(fuse_req_t req, NodeId node, std::size_t size, off_t offset);

  // --- descriptors (kernel_door_files.cc)
  void open(fuse_req_t req, NodeId node, const fuse_file_info& file);
  void create(fuse_req_t req, NodeId parent, const char* name, const fuse_file_info& file);
  void read(fuse_req_t req, NodeId node, std::size_t size, off_t offset,
            const fuse_file_info& file);
  void write(fuse_req_t req, NodeId node, std::string_view text, const fuse_file_info& file);
  void poll(fuse_req_t req, const fuse_file_info& file);
  void release(const CloseRequest& close);

  // --- locks (kernel_door_locks.cc)
  void set_lock(const LockRequest& asked);
  void get_lock(const LockRequest& asked);
  void flush(const CloseRequest& close);

  // --- opening to hold (kernel_door_hold.cc)
  void open_to_hold(fuse_req_t req, NodeId node, const fuse_file_info& file);
  void create_to_hold(fuse_req_t req, const char* name, const fuse_file_info& file);

 private:
  static Client client_of(fuse_req_t req);
  std::string held_text(const Handle& handle) const;
  bool stat_node(NodeId node, struct stat& st) const;
  NodeId find_name(NodeId parent, std::string_view name);
  bool reply_expected(fuse_req_t req, std::string_view name);
  NodeId find_lock(std::string_view name);
  NodeId fresh_view(ViewKind kind, NodeId lock = NodeId::none);
  void reply_attributes(fuse_req_t req, const struct stat& st);
  void open_view(fuse_req_t req, NodeId node, const fuse_file_info& file);
  void write_note(fuse_req_t req, HandleId handle, std::string_view text);
  unsigned poll_events(const Handle& open);
  void read_events(fuse_req_t req, HandleId handle, std::size_t size, off_t offset,
                   const fuse_file_info& file);
  void render_and_read(fuse_req_t req, NodeId node, HandleId handle, std::size_t size, off_t from);
  // Lets `render` make a text and calls `reply` with it, unless a signal ends the request before.
  using Render = std::function<bool(Views::Done)>;
  using Reply = std::function<void(fuse_req_t, const Views::Text&)>;
  void reply_when_rendered(fuse_req_t req, const Render& render, Reply reply);
  void expect_answer(fuse_req_t req, ReplyForm form, const fuse_file_info& file = {},
                     std::size_t written = 0);

  void acquire(const LockRequest& asked);
  event::Acquire acquire_by(const LockRequest& asked) const;
  void note_wait(RequestId id, pid_t thread);
  void tell_holder(const Claim& holder);

  Service& service_;
  Views& views_;
  Control& control_;
  EventFeed& feed_;
  RequestId current_ = RequestId::none;
  std::optional<std::uint64_t> poll_number_;  // of the current request
  std::uint32_t next_serial_ = 0;
};

}  // namespace lockfs
