// Journal's functions, so far as serving requests needs them, doing nothing: linked before the real
// ones to find out what these cost.
#include "fs/journal.h"

namespace lockfs {

Journal::Journal(JournalMemory memory) : memory_(std::move(memory)) {}

Journal Journal::create(const JournalSettings&, const RawRequest& fuse_init, const Engine&) {
  Journal journal(JournalMemory::create());
  journal.fuse_init_ = fuse_init;
  return journal;
}

std::optional<Journal> Journal::open(int, std::string&) { return std::nullopt; }
bool Journal::replay(std::unique_ptr<Engine>&) { return false; }

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
