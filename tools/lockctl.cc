#include "tools/lockctl.h"

#include "tools/command_line.h"

namespace lockfs {
namespace {

int report(const Failure& failure, const Streams& streams) {
  if (!failure.message.empty()) streams.err << "lockctl: " << failure.message << std::endl;
  return failure.status;
}

int perform(const ParsedCommandLine& parsed, const Streams& streams) {
  if (const auto* failure = std::get_if<Failure>(&parsed)) return report(*failure, streams);
  if (const auto* information = std::get_if<Information>(&parsed)) {
    streams.out << information->text;
    return exit_status::success;
  }
  const auto& invocation = std::get<Invocation>(parsed);
  const auto status = invocation.form->run(invocation.arguments, streams);
  return status ? *status : report(status.error(), streams);
}

}  // namespace

int lockctl(std::span<const std::string> args, const Streams& streams) {
  const int status = perform(parse_command_line(args), streams);
  streams.out.flush();
  if (status != exit_status::success || streams.out) return status;
  return report({exit_status::io, "the output could not be written"}, streams);
}

}  // namespace lockfs
