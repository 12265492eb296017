#include "tools/check_config.h"

#include <algorithm>

#include "fs/configuration.h"

namespace lockfs {
namespace {

std::size_t count(const Policy& policy, LockKind kind) {
  const auto same = [kind](const LockSpec& lock) { return lock.kind == kind; };
  return static_cast<std::size_t>(std::count_if(policy.locks.begin(), policy.locks.end(), same));
}

std::string counted(std::size_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

std::string summary(const Policy& policy) {
  return "ok: " + counted(count(policy, LockKind::board), "board") + ", " +
         counted(count(policy, LockKind::counting), "counting lock") + ", " +
         counted(count(policy, LockKind::named), "named lock");
}

}  // namespace

Result<int> check_config(const Arguments& arguments, const Streams& streams) {
  if (arguments.subject.empty()) return failure(exit_status::usage, "the file's name is empty");
  const auto loaded = load_configuration(arguments.subject, arguments.lax_accounts);
  for (const auto& error : loaded.errors) streams.err << error << "\n";
  for (const auto& warning : loaded.warnings) streams.err << "warning: " << warning << "\n";
  if (!loaded.errors.empty()) return exit_status::refused;
  streams.out << summary(loaded.policy) << "\n";
  return exit_status::success;
}

}  // namespace lockfs
