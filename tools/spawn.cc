#include "tools/spawn.h"

#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "fs/argument_pointers.h"

namespace lockfs {
namespace {

class SpawnAttributes {
 public:
  explicit SpawnAttributes(const sigset_t& mask) {
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigmask(&attributes_, &mask);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

std::vector<std::string> environment_with(const std::vector<std::string>& variables) {
  std::vector<std::string> environment = variables;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const bool replaced = std::any_of(
        variables.begin(), variables.end(),
        [each](const std::string& variable) { return name_of(variable) == name_of(*each); });
    if (!replaced) environment.emplace_back(*each);
  }
  return environment;
}

}  // namespace

Result<pid_t> spawn(std::vector<std::string> command, const std::vector<std::string>& variables,
                    const sigset_t& mask) {
  const SpawnAttributes attributes(mask);
  auto environment = environment_with(variables);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, command.front().c_str(), nullptr, attributes.get(),
                                   pointers_to(command).data(), pointers_to(environment).data());
  if (error == 0) return pid;
  const bool scarce = error == ENOMEM || error == EAGAIN;
  return failure(scarce ? exit_status::system : exit_status::unavailable,
                 command.front() + " cannot be run: " + std::strerror(error));
}

}  // namespace lockfs
