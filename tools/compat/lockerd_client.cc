#include "tools/compat/lockerd_client.h"

#include <algorithm>
#include <cerrno>
#include <thread>

#include "core/table_view.h"
#include "tools/compat/program.h"
#include "tools/compat/text.h"
#include "tools/compat/this_host.h"

namespace lockfs::compat {
namespace {

using Clock = std::chrono::steady_clock;

// How many dead processes one answer can make us report, and how often that makes us ask anew.
constexpr int max_reports = 16;
constexpr int max_rounds = 3;

Deadline earlier(const Deadline& one, const Deadline& other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

bool is_over(const Deadline& deadline) { return deadline && Clock::now() >= *deadline; }

Failure too_late() { return {ETIMEDOUT, "not locked within the time limit"}; }

// What the word of `error WORD` means, as an errno and a sentence about the locks.
struct Refusal {
  std::string_view word;
  int status;
  std::string_view before;
  std::string_view behind;
};

constexpr Refusal refusals[] = {
    {"permission", EACCES, "you may not lock ", ""},
    {"invalid_lock", EINVAL, "", " cannot be a lock's name"},
    {"gone", ENODEV, "", " was taken out of the configuration"},
    {"unavailable", EBUSY, "", " cannot be had now: it is offline or drained"},
    {"limit", ENOLCK, "too many hold or wait for locks already to lock ", ""},
    {"server_restarting", ECANCELED, "the lock server goes down, which ends the wait for ", ""},
};

Failure explain(const std::string& word, const std::vector<std::string>& locks) {
  const std::string names = join(locks, " or ");
  for (const auto& each : refusals) {
    if (each.word != word) continue;
    return {each.status, std::string(each.before) + names + std::string(each.behind)};
  }
  return {died, "the lock server refuses " + names + ": " + as_word(word)};
}

}  // namespace

struct LockerdClient::Answer {
  bool asked = false;  // the request is out
  bool locked = false;
  std::string lock;
  std::optional<std::string> error;
  std::map<std::string, std::string> held;
  int reports = 0;  // of dead processes
};

LockerdClient::LockerdClient(LockerdServer server, LockerdRequest request, Say say)
    : server_(std::move(server)), request_(std::move(request)), say_(std::move(say)) {}

Deadline LockerdClient::soon() const { return Clock::now() + server_.limit; }

// The first host that can be reached is the first to be asked from then on, so that a lock goes
// back to where it came from.
Result<Connection> LockerdClient::connect_once(const Deadline& deadline) {
  if (server_.port.find('/') != std::string::npos) {
    return Connection::to_socket(server_.port, deadline);
  }
  Result<Connection> connection = failure(EINVAL, "no host was named");
  for (auto host = server_.hosts.begin(); host != server_.hosts.end(); ++host) {
    connection = Connection::to_host(*host, server_.port, earlier(deadline, soon()));
    if (!connection) continue;
    std::rotate(server_.hosts.begin(), host, host + 1);
    break;
  }
  return connection;
}

Result<Connection> LockerdClient::connect(const Deadline& deadline) {
  for (int left = server_.tries;; --left) {
    auto connection = connect_once(deadline);
    if (connection) return connection;
    if (is_over(deadline)) return tl::make_unexpected(too_late());
    if (left <= 1) {
      return failure(connection.error().status,
                     "no lock server can be reached: " + connection.error().message);
    }
    const auto pause = Clock::now() + server_.pause;
    std::this_thread::sleep_until(deadline ? std::min(*deadline, pause) : pause);
  }
}

Result<void> LockerdClient::exchange(const std::string& request, const Deadline& deadline,
                                     Answer& answer) {
  auto connection = connect(deadline);
  if (!connection) return tl::make_unexpected(connection.error());
  answer.asked = true;
  if (auto sent = connection->send(request, earlier(deadline, soon())); !sent) return sent;
  LineReader reader;
  for (;;) {
    const auto bytes = connection->receive(deadline);
    if (!bytes) return tl::make_unexpected(bytes.error());
    if (bytes->empty()) return {};
    if (!reader.add(*bytes)) return failure(EPROTO, "the lock server sends too much");
    while (const auto line = reader.next()) {
      if (const auto parsed = parse_lockerd_line(*line)) take(*parsed, answer);
    }
  }
}

void LockerdClient::take(const LockerdLine& line, Answer& answer) {
  using namespace lockerd_line;
  if (const auto* waiting = std::get_if<Waiting>(&line)) {
    say_("Waiting for lock from " + as_word(waiting->owner));
  } else if (std::holds_alternative<Obtained>(line)) {
    say_("Obtained lock");
  } else if (const auto* locked = std::get_if<Locked>(&line)) {
    answer.locked = locked->locked;
  } else if (const auto* name = std::get_if<LockName>(&line)) {
    answer.lock = name->name;
  } else if (const auto* error = std::get_if<Error>(&line)) {
    answer.error = error->word;
  } else if (const auto* held = std::get_if<Held>(&line)) {
    answer.held[held->name] = held->owner;
  } else if (const auto* dead = std::get_if<Check>(&line)) {
    check(*dead, answer);
  }
}

bool LockerdClient::is_asked_for(const std::string& lock) const {
  return std::find(request_.locks.begin(), request_.locks.end(), lock) != request_.locks.end();
}

// The holder may have died on this host, which the server cannot see. The place in the queue is
// kept meanwhile.
void LockerdClient::check(const lockerd_line::Check& check, Answer& answer) {
  if (!is_asked_for(check.lock) || check.host != request_.host) return;
  if (answer.reports >= max_reports || process_exists(check.pid)) return;
  ++answer.reports;
  auto connection = connect_once(soon());
  if (!connection) return;
  const std::string command = "DEAD_PID " + check.host + " " + std::to_string(check.pid);
  if (!connection->send(render(request_, command), soon())) return;
  // To its end, so that the server has taken it in; what is said there is of no interest.
  auto bytes = connection->receive(soon());
  while (bytes && !bytes->empty()) bytes = connection->receive(soon());
}

Result<std::string> LockerdClient::granted(const Answer& answer) const {
  if (answer.error) return tl::make_unexpected(explain(*answer.error, request_.locks));
  if (!answer.locked) {
    return failure(died, "the lock server closed the connection without giving the lock");
  }
  if (answer.lock.empty() && request_.locks.size() == 1) return request_.locks.front();
  if (is_asked_for(answer.lock)) return answer.lock;
  return failure(EPROTO, "the lock server gave a lock that was not asked for");
}

Result<std::string> LockerdClient::ask_for_lock(const Deadline& deadline, Answer& answer) {
  const auto done = exchange(render(request_, "LOCK"), deadline, answer);
  if (!done) return tl::make_unexpected(done.error());
  return granted(answer);
}

Result<std::string> LockerdClient::lock(std::optional<std::chrono::microseconds> limit) {
  const Deadline deadline = limit ? Deadline(Clock::now() + *limit) : std::nullopt;
  Answer answer;
  Result<std::string> lock = ask_for_lock(deadline, answer);
  // Once a dead holder is reported, asking anew may do.
  for (int round = 1; round < max_rounds && !lock && !answer.error && answer.reports > 0; ++round) {
    answer = {};
    lock = ask_for_lock(deadline, answer);
  }
  if (!lock && answer.asked && is_over(deadline)) {
    give_up();
    return tl::make_unexpected(too_late());
  }
  return lock;
}

// The server may have given a lock just now: a holder that goes away keeps it.
void LockerdClient::give_up() {
  for (const auto& name : request_.locks) {
    if (!unlock(name)) break;
  }
}

Result<void> LockerdClient::unlock(const std::string& lock) {
  LockerdRequest request = request_;
  request.locks = {lock};
  Answer answer;
  auto done = exchange(render(request, "UNLOCK"), soon(), answer);
  if (!done || !answer.error) return done;
  return tl::make_unexpected(explain(*answer.error, request.locks));
}

Result<std::map<std::string, std::string>> LockerdClient::list() {
  Answer answer;
  if (auto done = exchange(render(request_, "LOCK_LIST"), soon(), answer); !done) {
    return tl::make_unexpected(done.error());
  }
  if (answer.error) return tl::make_unexpected(explain(*answer.error, request_.locks));
  return std::move(answer.held);
}

}  // namespace lockfs::compat
