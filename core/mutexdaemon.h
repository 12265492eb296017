// mutexdaemon's protocol (Virtual Lab): what a line says, and the lines of the answers.
//
// Lines of ASCII words. Unknown ones and comments (`rem`) are ignored. What is said in answer to a
// reload that was done is a comment too, for the protocol has no word for it. Pure; any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lockfs::mutexdaemon {

enum class Verb : std::uint8_t {
  set_uid,
  request_board,
  request_users,
  instance_offline,
  reload,
  bye,
};

struct Request {
  Verb verb = Verb::bye;
  std::string board;
  std::optional<uid_t> uid;
};

std::optional<Request> read_line(std::string_view line);

std::string assign(std::string_view address);
// One physical board: whose it is (empty: nobody's) and how often that user has connected to it.
std::string user_info(std::size_t index, std::string_view user, std::size_t count);
std::string offline_info(std::size_t index);
std::string end_of_list();
std::string comment(std::string_view text);
std::string error(std::string_view code, std::string_view text);

}  // namespace lockfs::mutexdaemon
