// The history: a file of events, one line of JSON each, that is set aside when it is large (FILE.1
// is the one before, and so on) and goes with the oldest.
//
// Survives whoever writes it: a line that was only half written is taken off when it is opened, and
// lines that are there already are not written twice. For one thread.
#pragma once

#include <spdlog/sinks/rotating_file_sink.h>

#include <memory>
#include <string>
#include <vector>

namespace lockfs {

class HistoryFile {
 public:
  static constexpr std::size_t max_bytes = std::size_t{10} << 20U;
  static constexpr std::size_t max_files = 5;  // beside the one that is written

  explicit HistoryFile(std::string path, std::size_t bytes = max_bytes)
      : path_(std::move(path)), bytes_(bytes) {}

  // Writes all these lines, each with its newline. False, and `error` says why, if not all of them
  // could be written: then they may be given again.
  bool write(const std::vector<std::string>& lines, std::string& error);

 private:
  std::size_t open(const std::vector<std::string>& lines);

  std::string path_;
  std::size_t bytes_;
  std::unique_ptr<spdlog::sinks::rotating_file_sink_st> sink_;
};

}  // namespace lockfs
