#include "core/mutexdaemon.h"

#include <algorithm>
#include <limits>
#include <map>

#include "core/config_values.h"
#include "core/words.h"

namespace lockfs::mutexdaemon {
namespace {

const std::map<std::string_view, Verb>& verbs() {
  static const std::map<std::string_view, Verb> table = {
      {"setuid", Verb::set_uid},
      {"boardrequest", Verb::request_board},
      {"userrequest", Verb::request_users},
      {"instanceoffline", Verb::instance_offline},
      {"reloadmutex", Verb::reload},
      {"bye", Verb::bye},
      {"exit", Verb::bye},
      {"quit", Verb::bye},
      {"logoff", Verb::bye},
  };
  return table;
}

// A line of an answer is one line, whatever stands in it.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text + "\n";
}

}  // namespace

std::optional<Request> read_line(std::string_view line) {
  const auto words = words_of(line, 2);
  if (words.empty()) return std::nullopt;
  const auto verb = verbs().find(words[0]);
  if (verb == verbs().end()) return std::nullopt;
  Request request{verb->second, {}, std::nullopt};
  if (words.size() < 2) return request;
  request.board = words[1];
  request.uid = parse_number(words[1], 0, std::numeric_limits<uid_t>::max() - 2);
  return request;
}

std::string assign(std::string_view address) {
  return one_line("boardassign " + std::string(address));
}

std::string user_info(std::size_t index, std::string_view user, std::size_t count) {
  if (user.empty()) return "userinfo " + std::to_string(index) + " 0 - 0\n";
  return "userinfo " + std::to_string(index) + " 1 " + std::string(user) + " " +
         std::to_string(count) + "\n";
}

std::string offline_info(std::size_t index) {
  return "userinfo " + std::to_string(index) + " 0 offline 0\n";
}

std::string end_of_list() { return "endlist\n"; }

std::string comment(std::string_view text) { return one_line("rem " + std::string(text)); }

std::string error(std::string_view code, std::string_view text) {
  return one_line("error " + std::string(code) + " " + std::string(text));
}

}  // namespace lockfs::mutexdaemon
