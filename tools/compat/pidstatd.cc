// pidstatd: the daemon that says whether processes of this host exist.
#include <cerrno>
#include <cstring>

#include "core/table_view.h"
#include "fs/background.h"
#include "fs/pidstat_client.h"
#include "tools/compat/pidstat_server.h"
#include "tools/compat/program.h"

namespace lockfs::compat {
namespace {

constexpr Option pidstatd_options[] = {
    {.name = "port", .value = "PORT", .help = "The port to listen on (service pidstatd, 1752)"},
    {.name = "fork",
     .value = "",
     .help = "Go to the background (as it does; --nofork: stay in front)",
     .negatable = true},
    {.name = "debug", .value = "", .help = "Print questions and answers; with --nofork"},
};

Result<int> serve(PidstatServer& server, const PidstatServer::Watch& watch) {
  while (server.serve_one(watch)) continue;
  const int error = errno;
  return failure(error, std::string("the socket failed: ") + std::strerror(error));
}

Result<int> pidstatd(const Line& line, const Streams& streams) {
  if (!line.words.empty()) return failure(died, "there is no use for " + line.words.front());
  const std::uint16_t port = pidstatd_port(line.value("port"));
  if (port == 0) return failure(died, "--port takes a number from 1 to 65535");
  Background background;
  if (line.on("fork", true)) background.enter();
  auto server = PidstatServer::on(port);
  if (!server) return tl::make_unexpected(server.error());
  background.ready();
  if (!line.on("debug")) return serve(*server, nullptr);
  streams.out << "listening on port " << server->port() << std::endl;
  return serve(*server, [&](std::string_view question, std::string_view answer) {
    streams.out << as_text(question) << " -> " << as_text(answer) << std::endl;
  });
}

}  // namespace

const Program pidstatd_program = {.name = "pidstatd",
                                  .words = "",
                                  .options = pidstatd_options,
                                  .usage_status = died,
                                  .help_status = 2,
                                  .version_status = 1,
                                  .run = pidstatd};

}  // namespace lockfs::compat
