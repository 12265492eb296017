#include "fs/libfuse.h"

#include <spdlog/spdlog.h>

#include <array>
#include <cstdarg>
#include <cstdio>

namespace lockfs {
namespace {

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
  return last_words().empty() ? otherwise : last_words();
}

}  // namespace lockfs
