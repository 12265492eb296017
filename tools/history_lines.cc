#include "tools/history_lines.h"

#include <spdlog/sinks/rotating_file_sink.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "fs/history_file.h"

namespace lockfs {

std::vector<std::string> history_files(const std::string& path) {
  std::vector<std::string> files = {path};
  for (std::size_t i = 1; i <= HistoryFile::max_files; ++i) {
    const auto aside = spdlog::sinks::rotating_file_sink_st::calc_filename(path, i);
    if (std::ifstream(aside)) files.push_back(aside);
  }
  std::reverse(files.begin(), files.end());
  return files;
}

Result<int> read_history(const std::string& path,
                         const std::function<void(std::string_view)>& take) {
  for (const auto& name : history_files(path)) {
    std::ifstream file(name);
    if (!file) {
      const int status = errno == EACCES ? exit_status::permission : exit_status::no_input;
      return failure(status, "cannot read the history " + name + ": " + std::strerror(errno));
    }
    for (std::string line; std::getline(file, line);) take(line);
  }
  return exit_status::success;
}

}  // namespace lockfs
