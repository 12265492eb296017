#include "fs/libfuse.h"

#include <spdlog/spdlog.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <utility>

namespace lockfs {
namespace {

std::string& last_words() {
  static std::string words;
  return words;
}

// A line may come in pieces.
std::string& line_so_far() {
  static std::string line;
  return line;
}

void take_words(fuse_log_level level, const char* format, va_list arguments) {
  constexpr std::size_t longest = 4096;
  std::array<char, 512> piece{};
  std::vsnprintf(piece.data(), piece.size(), format, arguments);
  std::string& line = line_so_far();
  line += piece.data();
  if (!line.ends_with('\n') && line.size() < longest) return;
  std::string text = std::exchange(line, {});
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (level <= FUSE_LOG_ERR) last_words() = text;
  spdlog::log(level <= FUSE_LOG_WARNING ? spdlog::level::warn : spdlog::level::debug, "{}", text);
}

}  // namespace

fuse_session* make_session(const std::vector<std::string>& arguments, KernelDoor* door) {
  fuse_set_log_func(take_words);
  fuse_args args = FUSE_ARGS_INIT(0, nullptr);
  for (const auto& argument : arguments) fuse_opt_add_arg(&args, argument.c_str());
  fuse_session* session =
      fuse_session_new(&args, &KernelDoor::operations(), sizeof(fuse_lowlevel_ops), door);
  fuse_opt_free_args(&args);
  return session;
}

std::string libfuse_words(const std::string& otherwise) {
  if (!line_so_far().empty()) return line_so_far();
  return last_words().empty() ? otherwise : last_words();
}

}  // namespace lockfs
