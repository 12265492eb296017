#include "fs/state_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include "fs/descriptor.h"

namespace lockfs {
namespace {

constexpr std::size_t max_file_bytes = std::size_t{16} << 20U;

std::string system_error(const std::string& path) { return path + ": " + std::strerror(errno); }

// False, with errno, if it cannot be read. What is too large is cut, and so is damaged.
bool read_file(const std::string& path, std::string& text) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return false;
  std::string chunk(65536, '\0');
  ssize_t got = 0;
  while ((got = ::read(fd.get(), chunk.data(), chunk.size())) > 0 && text.size() < max_file_bytes) {
    text.append(chunk, 0, static_cast<std::size_t>(got));
  }
  return got >= 0;
}

bool write_all(const std::string& path, const std::string& text) {
  const Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd) return false;
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t wrote = ::write(fd.get(), text.data() + done, text.size() - done);
    if (wrote < 0) return false;
    done += static_cast<std::size_t>(wrote);
  }
  return ::fsync(fd.get()) == 0;
}

void sync_folder(const std::string& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) ::fsync(fd.get());
}

// False, with errno, if the file stays what it was.
bool replace_file(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  if (!write_all(fresh, text) || ::rename(fresh.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(fresh.c_str());
    errno = error;
    return false;
  }
  sync_folder(std::filesystem::path(path).parent_path());
  return true;
}

struct Read {
  std::optional<State> state;
  bool absent = false;  // there was never one, or the folder is not there
  std::string trouble;
};

Read read_state(const std::string& path) {
  std::string text;
  Read read;
  if (!read_file(path, text)) {
    read.absent = errno == ENOENT;
    if (!read.absent) read.trouble = "the state cannot be read: " + system_error(path);
    return read;
  }
  read.state = parse_state(text);
  if (read.state) return read;
  const std::string aside = path + ".damaged";
  read.trouble = path + " is damaged";
  if (::rename(path.c_str(), aside.c_str()) == 0) read.trouble += ": set aside as " + aside;
  return read;
}

std::string write_state(const std::string& path, const State& state) {
  std::error_code ignored;  // the write says it
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  if (replace_file(path, state_to_text(state))) return {};
  return "the state cannot be written: " + system_error(path);
}

void add_trouble(std::string& troubles, const std::string& trouble) {
  if (!trouble.empty()) troubles += (troubles.empty() ? "" : "; ") + trouble;
}

// The mark never goes down, and nothing goes beyond the largest token there may be.
void reserve(const std::string& file, State state, Reserved& reserved) {
  const Token wanted = std::min(reserved.last_token + token_block, max_token);
  state.token_mark = std::max(state.token_mark, wanted);
  const std::string trouble = write_state(file, state);
  add_trouble(reserved.trouble, trouble);
  reserved.mark = trouble.empty() ? state.token_mark : 0;
}

}  // namespace

std::string default_state_folder() {
  const char* given = std::getenv("STATE_DIRECTORY");
  if (given != nullptr && *given == '/')
    return std::string(given).substr(0, std::strcspn(given, ":"));
  if (::geteuid() == 0) return "/var/lib/lockfs";
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return std::string(state) + "/lockfs";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : "") + "/.local/state/lockfs";
}

std::string state_file(const std::string& folder, const std::string& mount_point) {
  return (folder.empty() ? default_state_folder() : folder) + "/" + state_file_name(mount_point);
}

Reserved start_tokens(const std::string& file, WallTime now) {
  const Read read = read_state(file);
  const State state = read.state.value_or(State{});
  Reserved reserved{state.token_mark, 0, read.trouble, state.marks};
  const auto from_clock = std::max(reserved.last_token, static_cast<Token>(now) / 1000);
  if (!read.state && !read.absent) reserved.last_token = from_clock;
  reserve(file, state, reserved);
  // Unwritable now, it may have been so before: then it says less than was given out.
  if (reserved.mark == 0) reserved.last_token = from_clock;
  return reserved;
}

Reserved reserve_tokens(const std::string& file, Token last) {
  const Read read = read_state(file);
  Reserved reserved{last, 0, read.trouble};
  reserve(file, read.state.value_or(State{}), reserved);
  return reserved;
}

std::string write_marks(const std::string& file, Token last, const std::vector<PlacedMark>& marks) {
  const Read read = read_state(file);
  State state = read.state.value_or(State{});
  Reserved reserved{last, 0, read.trouble};
  if (state.marks == marks) return reserved.trouble;
  state.marks = marks;
  reserve(file, std::move(state), reserved);
  return reserved.trouble;
}

}  // namespace lockfs
