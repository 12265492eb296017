#include "fs/history_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "fs/descriptor.h"

namespace lockfs {
namespace {

// The last line that was written whole; what stands behind it is cut off.
std::string repair(const std::string& path) {
  constexpr off_t longest_line = off_t{1} << 20U;
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  struct stat st {};
  if (!file || ::fstat(file.get(), &st) != 0 || !S_ISREG(st.st_mode)) return {};
  const off_t from = std::max<off_t>(st.st_size - longest_line, 0);
  std::string tail(static_cast<std::size_t>(st.st_size - from), '\0');
  if (::pread(file.get(), tail.data(), tail.size(), from) != st.st_size - from) return {};
  const auto end = tail.rfind('\n');
  if (end == std::string::npos) {
    if (from == 0) static_cast<void>(!::ftruncate(file.get(), 0));
    return {};
  }
  const auto whole = from + static_cast<off_t>(end) + 1;
  if (whole < st.st_size) static_cast<void>(!::ftruncate(file.get(), whole));
  const auto begin = end == 0 ? std::string::npos : tail.rfind('\n', end - 1);
  const std::size_t first = begin == std::string::npos ? 0 : begin + 1;
  return tail.substr(first, end + 1 - first);
}

}  // namespace

// How many of these lines are there already.
std::size_t HistoryFile::open(const std::vector<std::string>& lines) {
  const std::string last = repair(path_);
  sink_ = std::make_unique<spdlog::sinks::rotating_file_sink_st>(path_, bytes_, max_files);
  sink_->set_pattern("%v");
  const auto there = std::find(lines.begin(), lines.end(), last);
  return there == lines.end() ? 0 : static_cast<std::size_t>(there - lines.begin()) + 1;
}

bool HistoryFile::write(const std::vector<std::string>& lines, std::string& error) {
  try {
    std::size_t next = sink_ ? 0 : open(lines);
    for (; next < lines.size(); ++next) {
      const auto line = std::string_view(lines[next]).substr(0, lines[next].size() - 1);
      sink_->log({"history", spdlog::level::info, spdlog::string_view_t(line.data(), line.size())});
    }
    sink_->flush();
    return true;
  } catch (const spdlog::spdlog_ex& failed) {
    error = failed.what();
    sink_.reset();  // it may have written a part
    return false;
  }
}

}  // namespace lockfs
