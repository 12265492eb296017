#include "fs/session.h"

#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "fs/busy_poll.h"
#include "fs/fault.h"
#include "fs/libfuse.h"
#include "fs/resending.h"

namespace lockfs {
namespace {

// While libfuse is told of the mount again, its answer must not reach the kernel, which has one.
thread_local bool swallow_answer = false;

std::size_t size_of(std::span<const iovec> parts) {
  std::size_t size = 0;
  for (const auto& part : parts) size += part.iov_len;
  return size;
}

// What opens something says more than that all is well.
void keep_answer(std::span<const iovec> parts, Journal& journal) {
  const std::size_t size = size_of(parts);
  if (size <= sizeof(fuse_out_header) || size > Journal::max_kept_answer) return;
  std::array<std::span<const std::byte>, 4> bytes;
  if (parts.size() > bytes.size()) return;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    bytes[i] = {static_cast<const std::byte*>(parts[i].iov_base), parts[i].iov_len};
  }
  journal.keep_answer(std::span(bytes).first(parts.size()));
}

ssize_t write_answer(int fd, struct iovec* parts, int count, void* door) {
  const std::span<const iovec> answer(parts, static_cast<std::size_t>(count));
  if (swallow_answer) return static_cast<ssize_t>(size_of(answer));
  keep_answer(answer, static_cast<KernelDoor*>(door)->journal());
  return ::writev(fd, parts, count);
}

// libfuse wants to be able to read, and is not asked to (Session::serve_one()).
ssize_t read_request(int fd, void* into, size_t size, void*) { return ::read(fd, into, size); }

// Whether there may be something to read yet: what there was may have been interrupted before.
bool goes_on_after(int error) {
  if (error == EINTR || error == EAGAIN || error == ENOENT) return true;
  if (error != ENODEV) spdlog::error("cannot read from the kernel: {}", std::strerror(error));
  return false;
}

// Answered without libfuse, which need not know of it: it is over at once.
void refuse(int fuse, const fuse_in_header& request, int error, const char* reason) {
  spdlog::critical("request {} of process {} (operation {}) {}: refused",
                   static_cast<std::uint64_t>(id_of(request)), request.pid, request.opcode, reason);
  if (!wants_answer(request)) return;
  const auto answer = status_answer(request.unique, error);
  static_cast<void>(!::write(fuse, &answer, sizeof answer));
}

std::string_view name_of(std::uint32_t operation) {
  switch (operation) {
    case FUSE_SETLK:
      return "SETLK";
    case FUSE_SETLKW:
      return "SETLKW";
    case FUSE_FLUSH:
      return "FLUSH";
    case FUSE_RELEASE:
      return "RELEASE";
    case FUSE_INTERRUPT:
      return "INTERRUPT";
    default:
      return {};
  }
}

// As libfuse shows the others.
void show(const fuse_in_header& header) {
  const auto name = name_of(header.opcode);
  if (name.empty()) return;
  spdlog::debug("unique: {}, opcode: {} ({}), nodeid: {}, insize: {}, pid: {}", header.unique, name,
                header.opcode, header.nodeid, header.len, header.pid);
}

}  // namespace

Session::Session(int fuse, Journal& journal, KernelDoor& door, bool debug)
    : journal_(journal), door_(door), debug_(debug), resends_(kernel_resends(journal.fuse_init())) {
  if (resends_) room_ = std::make_unique_for_overwrite<std::byte[]>(max_raw_request);
  std::vector<std::string> arguments = {"lockfs"};
  if (debug) arguments.emplace_back("-d");
  session_ = make_session(arguments, &door);
  static const fuse_custom_io io = {write_answer, read_request, nullptr, nullptr};
  if (session_ == nullptr || fuse_session_custom_io(session_, &io, fuse) != 0) {
    throw std::runtime_error("libfuse refused the mount's descriptor");
  }
  door.answer_to(fuse);
  RawRequest init = journal.fuse_init();
  swallow_answer = true;
  process(init);
  swallow_answer = false;
}

Session::~Session() {
  stop();
  fuse_session_destroy(session_);
}

void Session::process(std::span<std::byte> request) {
  fuse_buf buffer{};
  buffer.mem = request.data();
  buffer.size = request.size();
  fuse_session_process_buf(session_, &buffer);
}

void Session::handle(std::span<std::byte> request) {
  const auto header = header_of(request);
  if (!is_whole(request)) return refuse(fuse_session_fd(session_), header, EINVAL, "is malformed");
  door_.begin(request);
  fault_point("handling");
  if (header.opcode == FUSE_SETLKW) fault_point("handling_wait");
  if (header.opcode == FUSE_INTERRUPT) fault_point("handling_interrupt");
  if (debug_) show(header);
  dispatch(header.opcode, request);
  if (!resends_ && door_.is_pending(id_of(header))) {
    journal_.keep_request(id_of(header), request);
  }
  door_.end();
}

// What libfuse has no part in, and the rest.
void Session::dispatch(std::uint32_t operation, std::span<std::byte> request) {
  switch (operation) {
    case FUSE_SETLK:
    case FUSE_SETLKW:
      return door_.set_lock(lock_request(request));
    case FUSE_GETLK:
      return door_.get_lock(lock_request(request));
    case FUSE_FLUSH:
      return door_.flush(close_request(request));
    case FUSE_RELEASE:
      return door_.release(close_request(request));
    case FUSE_INTERRUPT:
      return door_.interrupt(interrupted_by(request));
    default:
      return process(request);
  }
}

std::vector<RawRequest> Session::unanswered() {
  if (!resends_) return journal_.kept_requests();
  return ask_again(fuse_session_fd(session_), journal_.request_room());
}

// What is refused counts as not come again: what was done for it is undone. Of a signal to a waiter
// that would be the wait: who is to be told then is the waiter.
void Session::refuse_poison(std::vector<RawRequest>& requests, RequestId poison) {
  const auto take = [&](RequestId id) {
    const auto found = std::find_if(requests.begin(), requests.end(), [&](const auto& request) {
      return id_of(header_of(request)) == id;
    });
    if (found == requests.end()) return RawRequest();
    RawRequest request = std::move(*found);
    requests.erase(found);
    refuse(fuse_session_fd(session_), header_of(request), EREMOTEIO,
           "was being handled at two crashes");
    return request;
  };
  if (poison == RequestId::none) return;
  const RawRequest refused = take(poison);
  if (const RequestId waiter = interrupted_by(refused); waiter != RequestId::none) take(waiter);
}

void Session::resume(Service& service, RequestId poison) {
  const bool arrived =
      resends_ && arrives(service.engine().last_sent().id, journal_, fuse_session_fd(session_));
  auto requests = unanswered();
  fault_point("in_resume");
  refuse_poison(requests, poison);
  event::Reconnect which;
  for (const auto& request : requests) {
    const auto header = header_of(request);
    if (wants_answer(header)) which.again.push_back(id_of(header));
  }
  // Without being sent again, a request that was read cannot lose its caller before its answer.
  which.last_sent_is_lost = resends_ && !arrived && last_open_was_lost(service.engine(), requests);
  service.reconnect(which);
  for (auto& request : requests) handle(request);
  service.reconnected();
  journal_.request_done();
}

void Session::start(Loop& loop, Loop::Callback gone) {
  // Only there to break off a read(2).
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  ::sigaction(SIGUSR2, &nothing, nullptr);
  thread_ = std::thread([this, &loop, gone = std::move(gone)] {
    Signals::unblock(SIGUSR2);  // the keeper has it blocked, and so has who it starts
    serve(loop);
    if (!stopping_) loop.post(gone);
    ended_ = true;
  });
}

void Session::stop() {
  stopping_ = true;
  if (!thread_.joinable()) return;
  // A signal that comes just before the read(2) does not break it: another will.
  while (!ended_) {
    ::pthread_kill(thread_.native_handle(), SIGUSR2);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  thread_.join();
}

// A request that nobody sends again is read to where a successor finds it.
std::span<std::byte> Session::room() const {
  return resends_ ? std::span(room_.get(), max_raw_request) : journal_.request_room();
}

void Session::serve(Loop& loop) {
  BusyPoll next(fuse_session_fd(session_));
  while (!stopping_ && serve_one(loop)) next.wait();
}

// False once the mount is gone.
bool Session::serve_one(Loop& loop) {
  const auto into = room();
  const ssize_t size = ::read(fuse_session_fd(session_), into.data(), into.size());
  if (size < 0) return goes_on_after(errno);
  if (size < static_cast<ssize_t>(sizeof(fuse_in_header))) return false;
  const std::lock_guard turn(loop.turn());
  handle(into.first(static_cast<std::size_t>(size)));
  if (!resends_) journal_.request_done();
  return fuse_session_exited(session_) == 0;
}

}  // namespace lockfs
