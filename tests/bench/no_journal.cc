// Journal's functions, so far as serving requests needs them, doing nothing: linked before the real
// ones to find out what these cost.
#include <sys/mman.h>

#include "fs/journal.h"

namespace lockfs {

Journal::Journal(int fd, std::byte* memory) : fd_(fd), memory_(memory) {}
Journal::Journal(Journal&& other) noexcept = default;
Journal::~Journal() = default;

Journal Journal::create(const JournalSettings&, const RawRequest& fuse_init, const Engine&) {
  void* room = ::mmap(nullptr, 3 * max_raw_request, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  Journal journal(-1, static_cast<std::byte*>(room));
  journal.fuse_init_ = fuse_init;
  return journal;
}

std::optional<Journal> Journal::open(int, std::string&) { return std::nullopt; }
bool Journal::replay(std::unique_ptr<Engine>&) { return false; }

std::span<std::byte> Journal::request_room() const { return {memory_, max_raw_request}; }
std::span<std::byte> Journal::event_room() const {
  return {memory_ + max_raw_request, max_raw_request};
}
std::span<std::byte> Journal::socket_room() const {
  return {memory_ + 2 * max_raw_request, max_raw_request};
}
std::vector<RawRequest> Journal::kept_requests() const { return {}; }
void Journal::append(WallTime, const Event&, FirstAnswer, const Engine&) {}
void Journal::request_done() {}
void Journal::keep_request(RequestId, RawRequestView) {}
void Journal::handling(RequestId) {}
void Journal::keep_answer(std::span<const std::span<const std::byte>>) {}
std::vector<std::byte> Journal::kept_answer() const { return {}; }
void Journal::replied(RequestId) {}
RequestId Journal::last_replied() const { return RequestId::none; }

}  // namespace lockfs
