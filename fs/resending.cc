#include "fs/resending.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "fs/fault.h"

namespace lockfs {
namespace {

constexpr int notify_resend = 7;  // FUSE_NOTIFY_RESEND

void set_blocking(int fd, bool blocking) {
  const int flags = ::fcntl(fd, F_GETFL);
  ::fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

RawRequestView read_one(int fuse, std::span<std::byte> room) {
  const ssize_t size = ::read(fuse, room.data(), room.size());
  return room.first(size > 0 ? static_cast<std::size_t>(size) : 0);
}

// Up to the first that was not sent again: what comes behind it was never read before.
std::vector<RawRequest> read_all(int fuse, std::span<std::byte> room) {
  std::vector<RawRequest> requests;
  for (auto request = read_one(fuse, room); !request.empty(); request = read_one(fuse, room)) {
    requests.emplace_back(request.begin(), request.end());
    if (!came_again(header_of(request))) break;
  }
  return requests;
}

}  // namespace

// What was waiting to be read is read away before, so that it comes with the rest.
std::vector<RawRequest> ask_again(int fuse, std::span<std::byte> room) {
  set_blocking(fuse, false);
  while (!read_one(fuse, room).empty()) {
  }
  fuse_out_header notification{};
  notification.len = sizeof notification;
  notification.error = notify_resend;
  if (::write(fuse, &notification, sizeof notification) < 0) {
    spdlog::error("the kernel sends nothing again ({}): whoever waited for an answer waits in vain",
                  std::strerror(errno));
  }
  fault_point("after_resend");
  auto requests = read_all(fuse, room);
  set_blocking(fuse, true);
  const auto place = [](const RawRequest& request) {
    const auto header = header_of(request);
    return std::pair(!came_again(header), header.unique);
  };
  std::sort(requests.begin(), requests.end(),
            [&](const RawRequest& a, const RawRequest& b) { return place(a) < place(b); });
  return requests;
}

bool arrives(RequestId last_sent, Journal& journal, int fuse) {
  if (journal.last_replied() == last_sent) return true;
  const std::vector<std::byte> answer = journal.kept_answer();
  fuse_out_header header{};
  if (answer.size() < sizeof header) return false;
  std::memcpy(&header, answer.data(), sizeof header);
  if (id_of(header) != last_sent) return false;  // it died before that
  if (::write(fuse, answer.data(), answer.size()) < 0 && errno != ENOENT) return false;
  journal.replied(last_sent);
  return true;
}

// A lock that was granted so is given up when its descriptor is closed, but one that was opened to
// hold never will be.
bool last_open_was_lost(const Engine& engine, const std::vector<RawRequest>& came) {
  const Answer& last = engine.last_sent();
  const Handle* handle = engine.find_handle(last.handle);
  if (handle == nullptr || (last.token != 0 && handle->kind != FileKind::hold)) return false;
  return std::none_of(came.begin(), came.end(), [&](const RawRequest& request) {
    return id_of(header_of(request)) == last.id || closes(request, last.handle);
  });
}

}  // namespace lockfs
