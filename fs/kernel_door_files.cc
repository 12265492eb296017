// The kernel's door: opening, reading, writing, closing.
#include <fcntl.h>
#include <poll.h>

#include <cerrno>

#include "core/note.h"
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

FileKind file_kind(ViewKind kind) {
  if (kind == ViewKind::control) return FileKind::control;
  return kind == ViewKind::events ? FileKind::events : FileKind::lock;
}

void reply_text(fuse_req_t req, std::string_view text, off_t offset, std::size_t size) {
  const auto from = static_cast<std::size_t>(offset);
  const auto part = from >= text.size() ? std::string_view() : text.substr(from, size);
  fuse_reply_buf(req, part.data(), part.size());
}

// Its user's descriptors keep too much already.
void refuse_text(fuse_req_t req) { fuse_reply_err(req, EMFILE); }

}  // namespace

Client KernelDoor::client_of(fuse_req_t req) {
  const fuse_ctx* context = fuse_req_ctx(req);
  return {context->uid, context->pid, boot_now()};
}

void KernelDoor::open(fuse_req_t req, NodeId node, const fuse_file_info& file) {
  const ViewKind kind = view_kind(node);
  if (kind == ViewKind::hold) return open_to_hold(req, node, file);
  if (is_rendered(kind)) return open_view(req, node, file);
  if (kind == ViewKind::events && (file.flags & O_ACCMODE) != O_RDONLY) {
    fuse_reply_err(req, EACCES);
    return;
  }
  const auto what = file_kind(kind);
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
  // A predecessor may have opened it.
  service_.pending().add(id, {req, ReplyForm::open, open_flags(file)});
  if (service_.answer_again(id)) return;
  service_.pending().take(id);
  reply_when_rendered(
      req,
      [&](Views::Done done) { return views_.render_view(node, client.thread, std::move(done)); },
      [this, node, client, id, flags = open_flags(file)](fuse_req_t request,
                                                         const Views::Text& text) {
        if (!text) {
          fuse_reply_err(request, ENOENT);
          return;
        }
        if (!views_.has_room(client.uid, text->size())) return refuse_text(request);
        service_.pending().add(id, {request, ReplyForm::open, flags});
        const HandleId opened = service_.post(event::Open{id, FileKind::view, node, client});
        views_.keep(opened, node, text);
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
  if (open->kind == FileKind::events) return read_events(req, handle, size, offset, file);
  if (!open->extras->text_base || offset < *open->extras->text_base) {
    service_.post(event::Seek{handle, offset});
    views_.forget(handle);
  }
  const off_t from = offset - *open->extras->text_base;
  if (open->kind == FileKind::hold) {
    return reply_text(req, held_text(*open), from, size);  // as it is now: it may be broken
  }
  if (open->kind == FileKind::control && views_.text_of(handle) == nullptr) {
    const auto answer = std::make_shared<const std::string>(control_.read(handle));
    if (!views_.keep(handle, node, answer)) return refuse_text(req);
  }
  if (const std::string* text = views_.text_of(handle)) return reply_text(req, *text, from, size);
  render_and_read(req, node, handle, size, from);
}

void KernelDoor::read_events(fuse_req_t req, HandleId handle, std::size_t size, off_t offset,
                             const fuse_file_info& file) {
  const RequestId id = current_;
  expect_answer(req, ReplyForm::status);
  feed_.read({id, handle, size, offset, (file.flags & O_NONBLOCK) == 0});
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
      [this, node, handle, size, from](fuse_req_t request, const Views::Text& text) {
        const auto shown = text ? text : std::make_shared<const std::string>();
        if (!views_.keep(handle, node, shown)) return refuse_text(request);
        reply_text(request, *shown, from, size);
      });
}

void KernelDoor::write(fuse_req_t req, NodeId node, std::string_view text,
                       const fuse_file_info& file) {
  service_.post(event::Seek{handle_of(file), std::nullopt});
  views_.forget(handle_of(file));
  if (view_kind(node) != ViewKind::control) {
    return write_note(req, handle_of(file), text);
  }
  const RequestId id = current_;
  expect_answer(req, ReplyForm::write, {}, text.size());
  control_.write(id, handle_of(file), client_of(req), text);
}

// A file of ours can always be read and written. Who waits is woken by the number that the engine
// keeps (not libfuse's handle, which ends with this process).
void KernelDoor::poll(fuse_req_t req, const fuse_file_info& file) {
  unsigned events = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
  if (const Handle* open = service_.engine().find_handle(handle_of(file))) {
    const PollState state = service_.engine().poll_state(*open);
    const bool known = !poll_number_ || open->extras->poller == Poller{*poll_number_, state};
    if (!known) service_.post(event::Poll{open->id, *poll_number_});
    if (open->kind == FileKind::events) events = poll_events(*open);
    events |= (state.wanted ? POLLPRI : 0U) | (state.lost ? POLLERR : 0U);
  }
  fuse_reply_poll(req, events);
}

// Nobody is refused who has nothing to say. Who writes through a descriptor that holds nothing may
// still hold the lock through another: pid-file writers, and shells that open the file once more.
void KernelDoor::write_note(fuse_req_t req, HandleId handle, std::string_view text) {
  const event::Note note{current_, handle, note_of(text), {}};
  if (note.text.empty()) {
    fuse_reply_write(req, text.size());
    return;
  }
  expect_answer(req, ReplyForm::write, {}, text.size());
  if (service_.answer_again(note.id)) return;
  if (service_.engine().holds_through(handle)) {
    service_.post(note);
    return;
  }
  const bool looking =
      views_.find_holds(handle, fuse_req_ctx(req)->pid, [this, note](std::vector<Ticket> holds) {
        event::Note found = note;
        found.holds = std::move(holds);
        if (service_.pending().contains(found.id)) service_.post(found);
      });
  if (!looking) service_.pending().fail(note.id, EAGAIN);
}

unsigned KernelDoor::poll_events(const Handle& open) {
  if (poll_number_) feed_.poll(open.id, *poll_number_);
  return feed_.readable(open) ? POLLIN | POLLRDNORM : 0U;
}

void KernelDoor::release(const CloseRequest& close) {
  views_.forget(close.handle);
  feed_.closed(close.handle);
  service_.post(event::Close{close.handle});
  service_.pending().add_status(current_, close.unique);
  service_.pending().fail(current_, 0);
}

}  // namespace lockfs
