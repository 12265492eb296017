#include "tools/control.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/command.h"
#include "core/json_text.h"
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

// The reply is a code and words: "ok reloaded", "config FILE:3: ...".
struct Reply {
  std::string code;
  std::string words;
};

Reply read_reply(int fd) {
  const auto text = read_rest(fd, max_answer_bytes).value_or("");
  const auto blank = text.find(' ');
  if (blank == std::string::npos) return {text.substr(0, text.find('\n')), ""};
  auto words = text.substr(blank + 1);
  while (!words.empty() && words.back() == '\n') words.pop_back();
  return {text.substr(0, blank), words};
}

struct StatusOfCode {
  Code code;
  int status;
};

constexpr StatusOfCode statuses[] = {
    {Code::ok, exit_status::success},
    {Code::unknown_board, exit_status::no_input},
    {Code::permission, exit_status::permission},
    {Code::busy, exit_status::busy},
    {Code::unavailable, exit_status::unavailable},
    {Code::config, exit_status::config},
    {Code::syntax, exit_status::usage},
};

int status_of(std::string_view code) {
  const auto* const found =
      std::find_if(std::begin(statuses), std::end(statuses),
                   [code](const StatusOfCode& each) { return to_string(each.code) == code; });
  return found == std::end(statuses) ? exit_status::refused : found->status;
}

std::string as_json(const Reply& reply) {
  const nlohmann::ordered_json json = {{"code", reply.code}, {"text", reply.words}};
  return json_text(json);
}

Result<int> tell(const Reply& reply, bool json, const Streams& streams) {
  const int status = status_of(reply.code);
  if (json) {
    streams.out << as_json(reply);
    return status;
  }
  const auto& words = reply.words.empty() ? reply.code : reply.words;
  if (status != exit_status::success) return failure(status, words);
  streams.out << words << "\n";
  return status;
}

Result<int> write_and_answer(const std::string& mount, const std::string& line, bool json,
                             const Streams& streams) {
  const Descriptor control(::open((mount + "/.ctl").c_str(), O_RDWR | O_CLOEXEC));
  if (!control) return tl::make_unexpected(mount_failure(mount, errno));
  const int error = write_line(control.get(), line);
  const auto reply = read_reply(control.get());
  if (error != 0 && (reply.words.empty() || status_of(reply.code) == exit_status::success)) {
    return failure(exit_status::refused, mount + ": " + std::strerror(error));
  }
  return tell(reply, json, streams);
}

// A second line would be a second command.
Result<std::string> join_reason(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += " " + word;
  if (text.find_first_of("\r\n") == std::string::npos) return text;
  return failure(exit_status::usage, "the reason must be one line");
}

Result<std::string> compose_line(const Arguments& arguments, const std::string& lock) {
  std::string line = arguments.verb;
  if (!lock.empty()) line += " " + lock;
  if (!arguments.level.empty()) line += " " + arguments.level;
  if (arguments.token != 0) line += " token=" + std::to_string(arguments.token);
  return join_reason(arguments.reason).map([&](const std::string& reason) {
    return line + reason + "\n";
  });
}

bool is_subject(const Operand& operand) {
  return operand.target == Operand::Target(&Arguments::subject);
}

bool is_about_lock(std::string_view verb) {
  const auto* const form = find_command(verb);
  return form != nullptr && std::any_of(form->operands.begin(), form->operands.end(), is_subject);
}

// The mount alone where the command is about no lock.
Result<LockFile> find_target(const Arguments& arguments) {
  if (is_about_lock(arguments.verb)) {
    return find_lock(arguments.subject, arguments.mount, Naming::unit);
  }
  return find_mount(arguments.mount).map([](const std::string& mount) {
    return LockFile{"", mount, ""};
  });
}

}  // namespace

Result<int> give_command(const Arguments& arguments, const Streams& streams) {
  const auto target = find_target(arguments);
  if (!target) return tl::make_unexpected(target.error());
  return compose_line(arguments, target->name).and_then([&](const std::string& line) {
    return write_and_answer(target->mount, line, arguments.json, streams);
  });
}

}  // namespace lockfs
