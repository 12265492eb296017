#include "fs/session.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "fs/fault.h"
#include "fs/mounts.h"

namespace lockfs {
namespace {

// libfuse's own words, of which the last are the reason why a mount failed.
std::string& last_words() {
  static std::string words;
  return words;
}

void take_words(fuse_log_level level, const char* format, va_list arguments) {
  std::array<char, 512> line{};
  std::vsnprintf(line.data(), line.size(), format, arguments);
  std::string text = line.data();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (level <= FUSE_LOG_ERR) last_words() = text;
  spdlog::log(level <= FUSE_LOG_WARNING ? spdlog::level::warn : spdlog::level::debug, "{}", text);
}

// Where this is set, the kernel aborts every mount with a request that has waited so long, and
// waiting is what lockfs is for.
std::string request_timeout_fault() {
  for (const char* name : {"max_request_timeout", "default_request_timeout"}) {
    std::ifstream file(std::string("/proc/sys/fs/fuse/") + name);
    unsigned seconds = 0;
    if (file >> seconds && seconds != 0) {
      return std::string("fs.fuse.") + name + " is " + std::to_string(seconds) +
             ": the kernel would end every longer wait for a lock; set it to 0 (sysctl)";
    }
  }
  return {};
}

std::string mount_point_fault(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) return path + ": " + std::strerror(errno);
  if (!S_ISDIR(st.st_mode)) return path + ": not a folder, so nothing can be mounted there";
  return {};
}

std::string mount_fault(const std::string& path) {
  if (std::string fault = request_timeout_fault(); !fault.empty()) return fault;
  if (is_lockfs_mount(path)) return path + ": a lockfs is mounted there already";
  return mount_point_fault(path);
}

bool user_may_allow_other() {
  std::ifstream file("/etc/fuse.conf");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("user_allow_other", 0) == 0) return true;
  }
  return false;
}

std::vector<std::string> fuse_arguments(const MountSettings& settings) {
  std::vector<std::string> arguments = {"lockfs", "-o", "fsname=lockfs", "-o", "subtype=lockfs"};
  if (::geteuid() == 0 || user_may_allow_other()) {
    arguments.insert(arguments.end(), {"-o", "allow_other"});
  } else {
    spdlog::info(
        "only this user can look into the mount, not even root; to open it to others, "
        "root puts the line user_allow_other into /etc/fuse.conf");
  }
  for (const auto& option : settings.options) {
    arguments.insert(arguments.end(), {"-o", option});
  }
  if (settings.debug) arguments.emplace_back("-d");
  return arguments;
}

fuse_session* make_session(const std::vector<std::string>& arguments, KernelDoor* door) {
  fuse_args args = FUSE_ARGS_INIT(0, nullptr);
  for (const auto& argument : arguments) fuse_opt_add_arg(&args, argument.c_str());
  fuse_session* session =
      fuse_session_new(&args, &KernelDoor::operations(), sizeof(fuse_lowlevel_ops), door);
  fuse_opt_free_args(&args);
  return session;
}

std::string reason(const std::string& otherwise) {
  return last_words().empty() ? otherwise : last_words();
}

}  // namespace

// libfuse's own session is only for the mount and its first request; what counts is the descriptor.
std::optional<Mounted> mount(const MountSettings& settings, std::string& error) {
  error = mount_fault(settings.mount_point);
  if (!error.empty()) return std::nullopt;
  fuse_set_log_func(take_words);
  fuse_session* session = make_session(fuse_arguments(settings), nullptr);
  if (session == nullptr) {
    error = reason("the mount options were refused");
    return std::nullopt;
  }
  if (fuse_session_mount(session, settings.mount_point.c_str()) != 0) {
    error = "cannot mount on " + settings.mount_point + ": " + reason("refused by the kernel");
    fuse_session_destroy(session);
    return std::nullopt;
  }
  Mounted mounted;
  fuse_buf buffer{};
  const int size = fuse_session_receive_buf(session, &buffer);
  if (size > 0) {
    const auto* bytes = static_cast<const std::byte*>(buffer.mem);
    mounted.fuse_init.assign(bytes, bytes + size);
    fuse_session_process_buf(session, &buffer);
  }
  std::free(buffer.mem);  // libfuse's, from malloc
  mounted.fuse.reset(::fcntl(fuse_session_fd(session), F_DUPFD_CLOEXEC, 0));
  fuse_session_destroy(session);
  return mounted;
}

namespace {

// While libfuse is told of the mount again, its answer must not reach the kernel, which has one.
thread_local bool swallow_answer = false;

ssize_t write_answer(int fd, struct iovec* parts, int count, void*) {
  if (!swallow_answer) return ::writev(fd, parts, count);
  ssize_t size = 0;
  for (int i = 0; i < count; ++i) size += static_cast<ssize_t>(parts[i].iov_len);
  return size;
}

ssize_t read_request(int fd, void* into, size_t size, void*) { return ::read(fd, into, size); }

constexpr std::uint64_t resent_bit = std::uint64_t{1} << 63U;
constexpr int notify_resend = 7;  // FUSE_NOTIFY_RESEND, in the kernel since 6.9
constexpr std::size_t max_request = 2U << 20U;

fuse_in_header header_of(const std::byte* data, std::size_t size) {
  fuse_in_header header{};
  std::memcpy(&header, data, std::min(sizeof header, size));
  return header;
}

bool came_again(const std::vector<std::byte>& request) {
  return (header_of(request.data(), request.size()).unique & resent_bit) != 0;
}

bool wants_answer(std::uint32_t opcode) {
  return opcode != FUSE_INTERRUPT && opcode != FUSE_FORGET && opcode != FUSE_BATCH_FORGET;
}

void set_blocking(int fd, bool blocking) {
  const int flags = ::fcntl(fd, F_GETFL);
  ::fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

bool lives(pid_t thread) { return ::kill(thread, 0) == 0 || errno != ESRCH; }

// The handle that a RELEASE among the requests closes.
bool closes(const std::vector<std::byte>& request, HandleId handle) {
  const auto header = header_of(request.data(), request.size());
  fuse_release_in body{};
  if (header.opcode != FUSE_RELEASE || request.size() < sizeof header + sizeof body) return false;
  std::memcpy(&body, request.data() + sizeof header, sizeof body);
  return HandleId{body.fh} == handle;
}

// Whether the answer that the predecessor sent last opened a file for somebody who was killed
// before it arrived. (A lock that was granted so is given up when its descriptor is closed.)
bool last_open_was_lost(const Engine& engine, RequestId last_replied, const event::Reconnect& which,
                        const std::vector<std::vector<std::byte>>& requests) {
  const Answer& last = engine.last_sent();
  const Handle* handle = engine.find_handle(last.handle);
  if (last.id == last_replied) return false;  // a child of the opener's may have it now
  if (handle == nullptr || last.token != 0 || lives(handle->client.thread)) return false;
  return std::find(which.again.begin(), which.again.end(), last.id) == which.again.end() &&
         std::none_of(requests.begin(), requests.end(),
                      [&](const auto& request) { return closes(request, last.handle); });
}

}  // namespace

Session::Session(int fuse, const std::vector<std::byte>& fuse_init, KernelDoor& door, bool debug)
    : door_(door) {
  fuse_set_log_func(take_words);
  std::vector<std::string> arguments = {"lockfs"};
  if (debug) arguments.emplace_back("-d");
  session_ = make_session(arguments, &door);
  static const fuse_custom_io io = {write_answer, read_request, nullptr, nullptr};
  if (session_ == nullptr || fuse_session_custom_io(session_, &io, fuse) != 0) {
    throw std::runtime_error("libfuse refused the mount's descriptor");
  }
  std::vector<std::byte> init = fuse_init;
  fuse_buf buffer{};
  buffer.mem = init.data();
  buffer.size = init.size();
  swallow_answer = true;
  fuse_session_process_buf(session_, &buffer);
  swallow_answer = false;
}

Session::~Session() {
  stop();
  fuse_session_destroy(session_);
  std::free(buffer_.mem);  // libfuse's, from malloc
}

// Answered without libfuse, which need not know of it: it is over at once.
void Session::refuse(const fuse_in_header& request) {
  spdlog::critical(
      "request {} of process {} (operation {}) was being handled at two crashes: refused",
      request.unique & ~resent_bit, request.pid, request.opcode);
  fuse_out_header answer{};
  answer.len = sizeof answer;
  answer.error = -EREMOTEIO;
  answer.unique = request.unique;
  static_cast<void>(!::write(fuse_session_fd(session_), &answer, sizeof answer));
}

void Session::handle(fuse_buf& buffer) {
  const auto header = header_of(static_cast<const std::byte*>(buffer.mem), buffer.size);
  if (RequestId{header.unique & ~resent_bit} == poison_ && wants_answer(header.opcode)) {
    return refuse(header);
  }
  door_.begin(header);
  fault_point("handling");
  if (header.opcode == FUSE_SETLKW) fault_point("handling_wait");
  fuse_session_process_buf(session_, &buffer);
  door_.post_interrupts();
  door_.end();
}

bool Session::read_one(Request& request) {
  request.resize(max_request);
  const ssize_t size = ::read(fuse_session_fd(session_), request.data(), request.size());
  if (size <= 0) return false;
  request.resize(static_cast<std::size_t>(size));
  request.shrink_to_fit();
  return true;
}

std::vector<Session::Request> Session::read_all() {
  std::vector<Request> requests;
  for (Request request; read_one(request);) {
    requests.push_back(std::move(request));
    if (!came_again(requests.back())) break;
  }
  return requests;
}

// All that is unanswered, the re-sent ones first, in the order in which they were made. What was
// waiting to be read is read away before, so that it comes with the rest.
std::vector<Session::Request> Session::ask_again() {
  const int fuse = fuse_session_fd(session_);
  set_blocking(fuse, false);
  for (Request request; read_one(request);) {
  }
  fuse_out_header notification{};
  notification.len = sizeof notification;
  notification.error = notify_resend;
  if (::write(fuse, &notification, sizeof notification) < 0) {
    spdlog::error(
        "the kernel sends nothing again ({}): it is older than 6.9, and whoever waited "
        "for an answer waits in vain",
        std::strerror(errno));
  }
  fault_point("after_resend");
  auto requests = read_all();
  set_blocking(fuse, true);
  const auto number = [](const Request& request) {
    const auto unique = header_of(request.data(), request.size()).unique;
    return std::pair((unique & resent_bit) == 0, unique);
  };
  std::sort(requests.begin(), requests.end(),
            [&](const Request& a, const Request& b) { return number(a) < number(b); });
  return requests;
}

void Session::resume(Service& service, RequestId poison) {
  poison_ = poison;
  auto requests = ask_again();
  fault_point("in_resume");
  event::Reconnect which;
  for (const auto& request : requests) {
    const auto header = header_of(request.data(), request.size());
    const RequestId id{header.unique & ~resent_bit};
    // What is refused counts as not come again: what was done for it is undone.
    if (wants_answer(header.opcode) && id != poison) which.again.push_back(id);
  }
  which.last_sent_is_lost =
      last_open_was_lost(service.engine(), service.journal().last_replied(), which, requests);
  service.reconnect(which);
  for (auto& request : requests) {
    fuse_buf buffer{};
    buffer.mem = request.data();
    buffer.size = request.size();
    handle(buffer);
  }
  service.reconnected();
}

void Session::start(Loop& loop, Loop::Callback gone) {
  // Only there to break off a read(2).
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  ::sigaction(SIGUSR2, &nothing, nullptr);
  thread_ = std::thread([this, &loop, gone = std::move(gone)] {
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

void Session::serve(Loop& loop) {
  while (!stopping_ && serve_one(loop)) {
  }
}

// False once the mount is gone.
bool Session::serve_one(Loop& loop) {
  const int size = fuse_session_receive_buf(session_, &buffer_);
  if (size == -EINTR || size == -EAGAIN) return true;
  if (size <= 0) return false;
  const std::lock_guard turn(loop.turn());
  handle(buffer_);
  return fuse_session_exited(session_) == 0;
}

}  // namespace lockfs
