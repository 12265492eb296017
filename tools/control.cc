#include "tools/control.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/command.h"
#include "fs/descriptor.h"
#include "tools/errno_words.h"
#include "tools/files.h"
#include "tools/mount.h"

namespace lockfs {
namespace {

constexpr std::size_t max_answer_bytes = std::size_t{1} << 20;  // far more than 1,000 faults

// The errno of the write; 0 if the command was done. The daemon's words follow either way.
int write_line(int fd, std::string_view line) {
  ssize_t written = 0;
  do {
    written = ::write(fd, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  if (written < 0) return errno;
  return static_cast<std::size_t>(written) == line.size() ? 0 : EIO;
}

// The answer is a code and words: "ok reloaded", "config FILE:3: ...".
struct Answer {
  std::string code;
  std::string words;
};

Answer read_answer(int fd) {
  const auto text = read_rest(fd, max_answer_bytes).value_or("");
  const auto blank = text.find(' ');
  if (blank == std::string::npos) return {text.substr(0, text.find('\n')), ""};
  auto words = text.substr(blank + 1);
  while (!words.empty() && words.back() == '\n') words.pop_back();
  return {text.substr(0, blank), words};
}

Result<int> write_and_answer(const std::string& mount, std::string_view line,
                             const Streams& streams) {
  const Descriptor control(::open((mount + "/.ctl").c_str(), O_RDWR | O_CLOEXEC));
  if (!control) return tl::make_unexpected(mount_failure(mount, errno));
  const int error = write_line(control.get(), line);
  const auto answer = read_answer(control.get());
  if (error == 0) {
    streams.out << (answer.words.empty() ? answer.code : answer.words) << "\n";
    return exit_status::success;
  }
  return failure(exit_status::refused,
                 answer.words.empty() ? mount + ": " + std::strerror(error) : answer.words);
}

Result<int> give(std::string_view line, const Arguments& arguments, const Streams& streams) {
  return find_mount(arguments.mount).and_then([&](const std::string& mount) {
    return write_and_answer(mount, line, streams);
  });
}

}  // namespace

Result<int> reload(const Arguments& arguments, const Streams& streams) {
  return give("reload\n", arguments, streams);
}

Result<int> upgrade(const Arguments& arguments, const Streams& streams) {
  return give("upgrade\n", arguments, streams);
}

}  // namespace lockfs
