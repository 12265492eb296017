#include "fs/pending.h"

#include <cerrno>
#include <utility>

#include "fs/errno_of.h"

namespace lockfs {
namespace {

// Entries of dynamic locks are looked up anew each time: they come and go.
fuse_entry_param created_entry(const struct stat& attributes, ViewKind view) {
  fuse_entry_param entry{};
  entry.ino = attributes.st_ino;
  if (view != ViewKind::none) {
    entry.ino = static_cast<fuse_ino_t>(view_node(view, 0, NodeId{attributes.st_ino}));
  }
  entry.attr = attributes;
  entry.attr.st_ino = inode_number(NodeId{entry.ino});
  return entry;
}

int reply(const Pending::Request& pending, const Answer& answer, const struct stat& created) {
  if (answer.reason != Reason::none) {
    return fuse_reply_err(pending.request, errno_of(answer.reason));
  }
  fuse_file_info file = pending.file;
  file.fh = static_cast<std::uint64_t>(answer.handle);
  switch (pending.form) {
    case ReplyForm::status:
      return fuse_reply_err(pending.request, 0);
    case ReplyForm::open:
      return fuse_reply_open(pending.request, &file);
    case ReplyForm::write:
      return fuse_reply_write(pending.request, pending.written);
    case ReplyForm::create: {
      const fuse_entry_param entry = created_entry(created, pending.view);
      return fuse_reply_create(pending.request, &entry, &file);
    }
  }
  return 0;
}

}  // namespace

void Pending::add(RequestId id, const Request& request) {
  if (latest_id_ != RequestId::none) keep_latest();
  latest_id_ = id;
  latest_ = request;
}

void Pending::keep_latest() {
  Waiting waiting{latest_.request, nullptr, nullptr};
  if (latest_.form != ReplyForm::status) waiting.whole = std::make_unique<Request>(latest_);
  requests_.emplace(std::exchange(latest_id_, RequestId::none), std::move(waiting));
}

std::optional<Pending::Request> Pending::remove(RequestId id) {
  if (id == RequestId::none) return std::nullopt;
  if (id == latest_id_) {
    latest_id_ = RequestId::none;
    return latest_;
  }
  const auto found = requests_.find(id);
  if (found == requests_.end()) return std::nullopt;
  const Waiting waiting = std::move(found->second);
  requests_.erase(found);
  if (waiting.interruptible_in != nullptr) {
    fuse_req_interrupt_func(waiting.request, nullptr, nullptr);
  }
  return waiting.whole ? *waiting.whole : Request{.request = waiting.request};
}

fuse_req_t Pending::take(RequestId id) {
  const auto removed = remove(id);
  return removed ? removed->request : nullptr;
}

bool Pending::deliver(const Answer& answer, const struct stat& created) {
  const auto pending = remove(answer.id);
  if (!pending) return true;  // answered before, when it was interrupted
  return reply(*pending, answer, created) != -ENOENT;
}

void Pending::fail(RequestId id, int error) {
  if (fuse_req_t request = take(id)) fuse_reply_err(request, error);
}

void Pending::fail_all(int error) {
  fail(latest_id_, error);
  while (!requests_.empty()) fail(requests_.begin()->first, error);
}

void Pending::allow_interrupt(RequestId id) {
  if (id == RequestId::none) return;
  if (id == latest_id_) keep_latest();
  const auto found = requests_.find(id);
  if (found == requests_.end()) return;
  found->second.interruptible_in = this;
  fuse_req_interrupt_func(found->second.request, interrupted, &*found);
}

// Called by libfuse in the middle of its work: only noted here.
void Pending::interrupted(fuse_req_t, void* data) {
  const auto& [id, waiting] = *static_cast<const WaitingRequests::value_type*>(data);
  waiting.interruptible_in->interrupted_.push_back(id);
}

std::vector<RequestId> Pending::take_interrupted() { return std::exchange(interrupted_, {}); }

}  // namespace lockfs
