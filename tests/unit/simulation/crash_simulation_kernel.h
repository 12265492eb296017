// The kernel as the daemon sees it, simulated: requests with growing numbers, each caller blocked
// in one at most, all that is unanswered sent again to a successor, in random order; one before 6.9
// sends nothing again.
//
// A killed caller whose request was not read yet takes it along; one whose request was read waits
// for the answer, and the daemon gets an interrupt. What becomes of answers is the callers'
// business (crash_simulation_clients.h). Not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/effect.h"
#include "core/event.h"

namespace lockfs::sim {

struct OpenText {
  std::string text;  // a name or an expression, looked up by the daemon
  Client client;
  FileKind kind = FileKind::lock;  // else a file to read
};

// The same, below .hold/; with `creates` of a name that need not be there.
struct HoldText {
  std::string text;
  bool creates = false;
  Client client;
  Mode mode = Mode::exclusive;
  bool wait = true;
};

// A process closes a file: its fcntl locks go.
struct Flush {
  event::Release release;
};

// A note through the descriptor that this owner locked.
struct Write {
  event::Note note;
  OwnerKey owner;
};

// What somebody asks for. Ids are put in by whoever handles it.
using Call =
    std::variant<OpenText, HoldText, event::Create, event::Acquire, event::Release, event::Unlink,
                 Flush, event::Close, Write, event::EventsRead, std::vector<event::Control>>;

// The owner that this call is about; nullptr: none.
const OwnerKey* key_of(const Call& call);

struct Request {
  RequestId id = RequestId::none;
  Call call;
  pid_t caller = 0;  // 0: the kernel itself (a close)
  bool was_read = false;
  bool again = false;
  bool interrupted = false;
};

// What the daemon reads.
struct Incoming {
  RequestId id = RequestId::none;
  std::optional<Call> call;  // absent: an interrupt of the request with this id
  bool again = false;
};

class Kernel {
 public:
  using Finished = std::function<void(const Request&, const Answer&)>;
  Kernel(std::mt19937& random, bool resends) : random_(random), resends_(resends) {}

  // --- The callers' side.
  RequestId submit(pid_t caller, Call call);
  void interrupt(RequestId id);
  // Takes it away as if it had never been; false if the daemon has read it.
  bool withdraw(RequestId id, bool even_if_read);

  // --- The daemon's side.
  std::optional<Incoming> read();
  // False: nobody waits for it any more.
  bool reply(const Answer& answer);
  bool resends() const { return resends_; }
  void resend();

  bool anything_to_read() const;
  const std::map<RequestId, Request>& unanswered() const { return requests_; }

  Finished finished;  // gets each answered request

 private:
  std::mt19937& random_;
  bool resends_;
  std::uint64_t last_id_ = 0;
  std::map<RequestId, Request> requests_;
  std::vector<RequestId> interrupts_;  // of requests that were read
};

}  // namespace lockfs::sim
