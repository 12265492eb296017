// FUSE requests as no kernel would send them: each is answered once, or waits and can still be
// interrupted; the engine stays sound, and a successor finds it in the journal as it is.
//
// An input is requests one after the other: the operation, the node (nodes_of_interest, then locks,
// then views of locks), the user, the size of the body, the body. Numbers and lengths are put in so
// that the bytes reach the operations; with the user's upper bit set the length in the header is
// the body's first byte instead.
#include "fs/session.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <future>
#include <set>
#include <span>
#include <thread>
#include <vector>

#include "core/snapshot_codec.h"
#include "fs/log.h"
#include "tests/fuzz/fuzz.h"

namespace lockfs::fuzz {
namespace {

using Bytes = std::vector<std::byte>;

RawRequest fuse_init() {
  struct {
    fuse_in_header header;
    fuse_init_in body;
  } init{};
  init.header.len = sizeof init;
  init.header.opcode = FUSE_INIT;
  init.header.unique = 2;
  init.body.major = FUSE_KERNEL_VERSION;
  init.body.minor = FUSE_KERNEL_MINOR_VERSION;
  init.body.max_readahead = 1U << 17U;
  init.body.flags = FUSE_POSIX_LOCKS | FUSE_FLOCK_LOCKS | FUSE_MAX_PAGES | FUSE_INIT_EXT;
  const auto bytes = std::as_bytes(std::span(&init, 1));
  return {bytes.begin(), bytes.end()};
}

Policy policy() {
  Policy policy;
  policy.locks = {{"deploy", LockKind::named, {"deploy"}, {}, 0, ""},
                  {"board", LockKind::board, {"x", "y"}, {}, 0, ""}};
  policy.admins.everyone = false;
  return policy;
}

NodeId node_of(std::uint8_t choice) {
  constexpr NodeId nodes_of_interest[] = {root_node,   json_folder, mine_folder,
                                          hold_folder, NodeId{0},   NodeId{~std::uint64_t{0}}};
  if (choice < std::size(nodes_of_interest)) return nodes_of_interest[choice];
  if (choice < 32) return NodeId{LockTable::first_node + choice % 8U};
  return view_node(static_cast<ViewKind>(choice / 16U), choice,
                   NodeId{LockTable::first_node + choice % 8U});
}

Bytes state_of(const Engine& engine) {
  Bytes room(1 << 20);
  Encoder encoder(room);
  encoder(Snapshot::save(engine));
  require(encoder.ok(), "the state has room");
  room.resize(encoder.size());
  return room;
}

// The daemon's parts over a socket, at whose other end the kernel is played.
class Mount {
 public:
  Mount() : kernel_(std::move(sockets_[0])) {
    control_.on_upgrade = [] {};
    control_.on_reloading = [] {};
    control_.on_reloaded = [] {};
  }
  ~Mount() {
    loop_.stop();
    thread_.join();
  }
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;

  void send(fuse_in_header header, std::span<const std::byte> body, bool lies) {
    header.unique = next_ += 2;
    header.len = static_cast<std::uint32_t>(sizeof header + body.size());
    if (lies && !body.empty()) header.len = std::to_integer<std::uint32_t>(body[0]);
    Bytes request(sizeof header + body.size());
    std::memcpy(request.data(), &header, sizeof header);
    std::copy(body.begin(), body.end(), request.begin() + sizeof header);
    if (wants_answer(header)) unanswered_.insert(header.unique);
    {
      const std::lock_guard turn(loop_.turn());
      session_.handle(request);
    }
    take_answers();
  }
  void interrupt(std::uint64_t unique) {
    fuse_in_header header{};
    header.opcode = FUSE_INTERRUPT;
    const fuse_interrupt_in which{unique};
    send(header, std::as_bytes(std::span(&which, 1)), false);
  }

  // Whoever waits can be interrupted; only an upgrade ends when it ends.
  void finish() {
    for (int jobs = 0; jobs < 4; ++jobs) wait_for_worker();
    take_answers();
    for (const auto unique : std::set(unanswered_)) interrupt(unique);
    {
      const std::lock_guard turn(loop_.turn());
      control_.upgraded({Code::unavailable, "no"});
    }
    for (int jobs = 0; jobs < 4; ++jobs) wait_for_worker();
    fuse_in_header harmless{};
    harmless.opcode = FUSE_STATFS;
    for (int i = 0; i < 64; ++i) send(harmless, {}, false);  // libfuse gives up its interrupts
    require(unanswered_.empty(), "every request is answered");
    check();
  }

 private:
  void wait_for_worker() {
    std::promise<void> done;
    worker_.submit([&] { return [&] { done.set_value(); }; });
    done.get_future().wait();
  }

  void take_answers() {
    std::array<std::byte, 1 << 16> room{};
    for (;;) {
      const auto size = ::recv(kernel_.get(), room.data(), room.size(), MSG_DONTWAIT);
      if (size <= 0) return;
      fuse_out_header answer{};
      require(size >= static_cast<ssize_t>(sizeof answer), "an answer has a header");
      std::memcpy(&answer, room.data(), sizeof answer);
      require(answer.len == static_cast<std::uint32_t>(size), "an answer has its length");
      require(answer.error <= 0 && answer.error > -1000, "an error is one");
      if (answer.error == -EAGAIN && interrupts(answer.unique)) continue;
      require(unanswered_.erase(answer.unique) == 1, "a request is answered once");
    }
  }
  // One that came too late, or for nothing: libfuse says so.
  bool interrupts(std::uint64_t unique) const { return !unanswered_.contains(unique); }

  void check() {
    const std::lock_guard turn(loop_.turn());
    service_.engine().check();
    std::string error;
    auto journal = Journal::open(fd_.get(), error);
    std::unique_ptr<Engine> successor;
    require(journal && journal->replay(successor), "the journal can be replayed");
    require(state_of(*successor) == state_of(service_.engine()), "and says what is");
  }

  static std::array<Descriptor, 2> make_sockets() {
    int ends[2] = {-1, -1};
    require(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0, "there are sockets");
    return {Descriptor(ends[0]), Descriptor(ends[1])};
  }

  std::array<Descriptor, 2> sockets_ = make_sockets();
  Descriptor kernel_;
  std::set<std::uint64_t> unanswered_;
  std::uint64_t next_ = 2;
  Journal journal_ = Journal::create({"off", 1, "/", "", ""}, fuse_init(), Engine(policy(), 1));
  Descriptor fd_ = journal_.take_descriptor();
  Loop loop_;
  Worker worker_{loop_};
  Service service_{std::make_unique<Engine>(policy(), 1), journal_};
  Views views_{service_.engine(), service_.events(), worker_, ""};
  Control control_{service_, worker_, {"/dev/null", true}};
  EventFeed feed_{service_, worker_, loop_};
  KernelDoor door_{service_, views_, control_, feed_};
  Session session_{::dup(sockets_[1].get()), journal_, door_, false};  // which closes it
  std::thread thread_{[this] { loop_.run(); }};
};

// At most as many as answers find room in the socket.
constexpr int max_requests = 100;

void run(std::span<const std::byte> input) {
  Mount mount;
  for (int i = 0; i < max_requests && input.size() >= 4; ++i) {
    const auto at = [&](std::size_t place) { return std::to_integer<std::uint8_t>(input[place]); };
    const auto size = std::min<std::size_t>(at(3), input.size() - 4);
    fuse_in_header header{};
    header.opcode = at(0);
    header.nodeid = static_cast<std::uint64_t>(node_of(at(1)));
    header.uid = (at(2) & 1U) == 0 ? 0 : 1000;
    header.pid = at(2) & 0x7fU;
    mount.send(header, input.subspan(4, size), (at(2) & 0x80U) != 0);
    input = input.subspan(4 + size);
  }
  mount.finish();
}

}  // namespace
}  // namespace lockfs::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lockfs::set_log_level("off");
  lockfs::fuzz::run(std::as_bytes(std::span(data, size)));
  return 0;
}
