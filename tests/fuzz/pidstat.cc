// pidstatd's datagrams: what is read can be told again, and an answer fits the datagram.
#include "core/pidstat.h"

#include <string>
#include <string_view>

#include "tests/fuzz/fuzz.h"

namespace lockfs::fuzz {
namespace {

void check_question(const PidQuestion& read) {
  require(read.pid > 0, "a question is about one process");
  require(read.host.empty() || is_pidstat_host(read.host), "a host is a word");
  require(parse_pid_question(render(read)) == read, "a question told again is the same");
  for (const auto state : {PidState::exists, PidState::absent, PidState::unknown}) {
    const PidAnswer answer{read.pid, state, read.host.empty() ? "here" : read.host};
    const auto told = render(answer);
    require(told.size() <= max_pidstat_datagram, "an answer fits");
    require(parse_pid_answer(told) == answer, "an answer can be read");
    require(read.host.empty() || answers(answer, read), "it answers this question");
  }
}

void check(std::string_view datagram) {
  if (const auto question = parse_pid_question(datagram)) check_question(*question);
  if (const auto answer = parse_pid_answer(datagram)) {
    require(parse_pid_answer(render(*answer)) == answer, "an answer told again is the same");
  }
}

}  // namespace
}  // namespace lockfs::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lockfs::fuzz::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
