#include "fs/pending.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "fs/attributes.h"
#include "fs/errno_of.h"
#include "fs/lock_request.h"
#include "fs/raw_request.h"

namespace lockfs {
namespace {

// Entries of dynamic locks are looked up anew each time: they come and go.
fuse_entry_param created_entry(const Lock* created, ViewKind view) {
  fuse_entry_param entry{};
  struct stat attributes {};
  if (created != nullptr) attributes = lock_attributes(*created);
  entry.ino = attributes.st_ino;
  if (view != ViewKind::none) {
    entry.ino = static_cast<fuse_ino_t>(view_node(view, 0, NodeId{attributes.st_ino}));
  }
  entry.attr = attributes;
  entry.attr.st_ino = inode_number(NodeId{entry.ino});
  return entry;
}

// 0, or minus an errno.
template <class Answer>
int write_whole(int fuse, const Answer& answer) {
  return ::write(fuse, &answer, sizeof answer) < 0 ? -errno : 0;
}

}  // namespace

int Pending::reply_error(const Request& request, int error) const {
  if (request.request != nullptr) return fuse_reply_err(request.request, error);
  return write_whole(fuse_, status_answer(request.unique, error));
}

int Pending::reply(const Request& request, const Answer& answer, const Lock* opened) const {
  if (answer.reason != Reason::none) return reply_error(request, errno_of(answer.reason));
  fuse_file_info file = request.file;
  file.fh = static_cast<std::uint64_t>(answer.handle);
  switch (request.form) {
    case ReplyForm::status:
      return reply_error(request, 0);
    case ReplyForm::open:
      return fuse_reply_open(request.request, &file);
    case ReplyForm::write:
      return fuse_reply_write(request.request, request.written);
    case ReplyForm::create: {
      const fuse_entry_param entry = created_entry(opened, request.view);
      return fuse_reply_create(request.request, &entry, &file);
    }
  }
  return 0;
}

void Pending::add(RequestId id, const Request& request) {
  if (latest_id_ != RequestId::none) keep_latest();
  latest_id_ = id;
  latest_ = request;
}

void Pending::add_status(RequestId id, std::uint64_t unique) { add(id, {.unique = unique}); }

void Pending::keep_latest() {
  const RequestId id = std::exchange(latest_id_, RequestId::none);
  if (latest_.request == nullptr) {
    statuses_[id] = latest_.unique;
  } else {
    requests_[id] = latest_;
  }
}

std::optional<Pending::Request> Pending::remove(RequestId id) {
  if (id == RequestId::none) return std::nullopt;
  if (id == latest_id_) {
    latest_id_ = RequestId::none;
    return latest_;
  }
  if (const auto status = statuses_.extract(id)) return Request{.unique = status.mapped()};
  if (const auto request = requests_.extract(id)) return request.mapped();
  return std::nullopt;
}

fuse_req_t Pending::take(RequestId id) {
  const auto removed = remove(id);
  return removed ? removed->request : nullptr;
}

bool Pending::deliver(const Answer& answer, const Lock* opened) {
  const auto request = remove(answer.id);
  if (!request) return true;  // answered before, when it was interrupted
  return reply(*request, answer, opened) != -ENOENT;
}

void Pending::tell_lock(RequestId id, const fuse_file_lock& lock) {
  if (const auto request = remove(id)) write_whole(fuse_, lock_answer(request->unique, lock));
}

void Pending::fail(RequestId id, int error) {
  if (const auto request = remove(id)) reply_error(*request, error);
}

void Pending::fail_all(int error) {
  fail(latest_id_, error);
  while (!statuses_.empty()) fail(statuses_.begin()->first, error);
  while (!requests_.empty()) fail(requests_.begin()->first, error);
}

}  // namespace lockfs
