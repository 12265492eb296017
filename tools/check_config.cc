#include "tools/check_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/json_text.h"
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

void print_json(const LoadedConfiguration& loaded, const Streams& streams) {
  const nlohmann::ordered_json json = {{"errors", loaded.errors},
                                       {"warnings", loaded.warnings},
                                       {"boards", count(loaded.policy, LockKind::board)},
                                       {"counting_locks", count(loaded.policy, LockKind::counting)},
                                       {"named_locks", count(loaded.policy, LockKind::named)}};
  streams.out << json_text(json);
}

void print_text(const LoadedConfiguration& loaded, const Streams& streams) {
  for (const auto& error : loaded.errors) streams.err << error << "\n";
  for (const auto& warning : loaded.warnings) streams.err << "warning: " << warning << "\n";
  if (loaded.errors.empty()) streams.out << summary(loaded.policy) << "\n";
}

}  // namespace

Result<int> check_config(const Arguments& arguments, const Streams& streams) {
  if (arguments.file.empty()) return failure(exit_status::usage, "the file's name is empty");
  const auto loaded = load_configuration(arguments.file, arguments.lax_accounts);
  arguments.json ? print_json(loaded, streams) : print_text(loaded, streams);
  return loaded.errors.empty() ? exit_status::success : exit_status::refused;
}

}  // namespace lockfs
