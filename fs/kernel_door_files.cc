// The kernel's door: opening, reading, writing, closing.
#include <fcntl.h>

#include <cerrno>

#include "fs/clock.h"
#include "fs/kernel_door.h"
#include "fs/nodes.h"

namespace lockfs {
namespace {

HandleId handle_of(const fuse_file_info& file) { return HandleId{file.fh}; }

// Contents are made for each read, so the kernel must not keep them. The FLUSH of a close is needed
// where fcntl(2) can have taken a write lock, which a read-only descriptor (flock(1)'s) cannot.
fuse_file_info open_flags(const fuse_file_info& file) {
  fuse_file_info answered = file;
  answered.direct_io = 1;
  answered.noflush = (file.flags & O_ACCMODE) == O_RDONLY ? 1 : 0;
  return answered;
}

void reply_text(fuse_req_t req, std::string_view text, off_t offset, std::size_t size) {
  const auto from = static_cast<std::size_t>(offset);
  const auto part = from >= text.size() ? std::string_view() : text.substr(from, size);
  fuse_reply_buf(req, part.data(), part.size());
}

}  // namespace

Client KernelDoor::client_of(fuse_req_t req) {
  const fuse_ctx* context = fuse_req_ctx(req);
  return {context->uid, context->pid, boot_now()};
}

void KernelDoor::open(fuse_req_t req, NodeId node, const fuse_file_info& file) {
  const ViewKind kind = view_kind(node);
  if (kind == ViewKind::hold) return open_to_hold(req, node, file);
  if (kind != ViewKind::none && kind != ViewKind::control) return open_view(req, node, file);
  const auto what = kind == ViewKind::control ? FileKind::control : FileKind::lock;
  expect_answer(req, ReplyForm::open, open_flags(file));
  service_.post(event::Open{current_, what, node, client_of(req)});
}

// First the text, then the descriptor that it belongs to.
void KernelDoor::open_view(fuse_req_t req, NodeId node, const fuse_file_info& file) {
  if ((file.flags & O_ACCMODE) != O_RDONLY) {
    fuse_reply_err(req, EACCES);
    return;
  }
  const Client client = client_of(req);
  const RequestId id = current_;
  reply_when_rendered(
      req,
      [&](Views::Done done) { return views_.render_view(node, client.thread, std::move(done)); },
      [this, node, client, id, flags = open_flags(file)](fuse_req_t request,
                                                         const std::optional<std::string>& text) {
        if (!text) {
          fuse_reply_err(request, ENOENT);
          return;
        }
        service_.pending().add(id, {request, ReplyForm::open, flags});
        const HandleId opened = service_.post(event::Open{id, FileKind::view, node, client});
        if (service_.engine().find_handle(opened) != nullptr) views_.keep(opened, node, *text);
      });
}

void KernelDoor::create(fuse_req_t req, NodeId parent, const char* name,
                        const fuse_file_info& file) {
  if (parent != root_node && parent != hold_folder) {
    fuse_reply_err(req, EACCES);
    return;
  }
  if (!valid_name(name) && parse_expression(name)) {  // of locks that are not there
    fuse_reply_err(req, ENOENT);
    return;
  }
  if (parent == hold_folder) return create_to_hold(req, name, file);
  expect_answer(req, ReplyForm::create, open_flags(file));
  service_.post(event::Create{current_, name, client_of(req)});
}

// The text of a descriptor begins where its first read since the last write was, and is rendered
// anew when somebody seeks to before that.
void KernelDoor::read(fuse_req_t req, NodeId node, std::size_t size, off_t offset,
                      const fuse_file_info& file) {
  const HandleId handle = handle_of(file);
  const Handle* open = service_.engine().find_handle(handle);
  if (open == nullptr) {
    fuse_reply_err(req, EINVAL);
    return;
  }
  if (!open->text_base || offset < *open->text_base) {
    service_.post(event::Seek{handle, offset});
    views_.forget(handle);
  }
  const off_t from = offset - *open->text_base;
  if (open->kind == FileKind::control && views_.text_of(handle) == nullptr) {
    views_.keep(handle, node, control_.read(handle));
  } else if (open->kind == FileKind::hold && views_.text_of(handle) == nullptr) {
    views_.keep(handle, node, held_text(*open));
  }
  if (const std::string* text = views_.text_of(handle)) return reply_text(req, *text, from, size);
  render_and_read(req, node, handle, size, from);
}

void KernelDoor::render_and_read(fuse_req_t req, NodeId node, HandleId handle, std::size_t size,
                                 off_t from) {
  const pid_t reader = fuse_req_ctx(req)->pid;
  reply_when_rendered(
      req,
      [&](Views::Done done) {
        if (view_kind(node) == ViewKind::none) return views_.render_lock(handle, std::move(done));
        return views_.render_view(node, reader, std::move(done));
      },
      [this, node, handle, size, from](fuse_req_t request, const std::optional<std::string>& text) {
        reply_text(request, text.value_or(""), from, size);
        if (service_.engine().find_handle(handle) != nullptr) {
          views_.keep(handle, node, text.value_or(""));
        }
      });
}

// What is written to a lock's file is accepted, so that pid-file writers work, and not kept.
void KernelDoor::write(fuse_req_t req, NodeId node, std::string_view text,
                       const fuse_file_info& file) {
  service_.post(event::Seek{handle_of(file), std::nullopt});
  views_.forget(handle_of(file));
  if (view_kind(node) != ViewKind::control) {
    fuse_reply_write(req, text.size());
    return;
  }
  const RequestId id = current_;
  expect_answer(req, ReplyForm::write, {}, text.size());
  control_.write(id, handle_of(file), client_of(req), text);
  service_.pending().allow_interrupt(id);
}

void KernelDoor::release(fuse_req_t req, const fuse_file_info& file) {
  views_.forget(handle_of(file));
  service_.post(event::Close{handle_of(file)});
  fuse_reply_err(req, 0);
}

}  // namespace lockfs
