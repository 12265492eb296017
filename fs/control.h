// The control file: each write is a few lines, done in order up to the first that fails.
//
// A line that needs the world outside (reload reads files and asks NSS) goes to the worker;
// meanwhile the other writers' lines go on. What comes of each line is the engine's to keep and to
// answer. Only for whoever has the turn (loop.h).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fs/configuration.h"
#include "fs/service.h"
#include "fs/worker.h"

namespace lockfs {

class Control {
 public:
  struct Settings {
    std::string config_path;
    bool lax_accounts = false;
  };

  Control(Service& service, Worker& worker, Settings settings)
      : service_(service), worker_(worker), settings_(std::move(settings)) {}

  // A write(2) of `text`; answered through the service when all is done.
  void write(RequestId id, HandleId handle, const Client& client, std::string_view text);
  // As on SIGHUP: nobody waits for the answer, the log has it. Calls back when it is in the
  // journal.
  void reload(std::function<void()> done);
  // As a client of a socket door asked; answered through the service.
  void reload(RequestId id, const Client& client);

  // Called for `upgrade`; whoever carries it out says what came of it by upgraded().
  std::function<void()> on_upgrade;
  void upgraded(const Outcome& outcome);
  // Called before a reload that would else succeed; what it returns is wrong, and refuses it.
  std::function<std::vector<std::string>(const Doors&)> prepare_doors = [](const Doors&) {
    return std::vector<std::string>{};
  };
  // Called when a reload begins and when it is done, whatever came of it.
  std::function<void()> on_reloading;
  std::function<void()> on_reloaded;

  // What reading the control file gives: the last command's outcome, of this descriptor if it gave
  // any.
  std::string read(HandleId handle) const;

 private:
  struct Write;
  using Writing = std::shared_ptr<Write>;

  void next_line(const Writing& write);
  bool may_give(const Write& write, const ParsedControlLine& parsed) const;
  void run(const Writing& write, const ControlLine& line);
  void start_reload(const Writing& write);
  void finish_reload(const Writing& write, LoadedConfiguration loaded);
  void finish_line(const Writing& write, Command command);

  Service& service_;
  Worker& worker_;
  Settings settings_;
  std::vector<Writing> upgrading_;  // who waits for the upgrade
};

}  // namespace lockfs
