// Journal: what is noted of the request at hand and of the latest answer.
#include <algorithm>
#include <atomic>
#include <utility>

#include "fs/journal.h"

namespace lockfs {

using Number = std::atomic_ref<std::uint64_t>;

void Journal::request_done() {
  auto& length =
      *reinterpret_cast<std::uint32_t*>(request_room().data());  // fuse_in_header's first
  std::atomic_ref(length).store(0, std::memory_order_relaxed);
}

void Journal::handling(RequestId id) {
  Number(memory_.header().handling)
      .store(static_cast<std::uint64_t>(id), std::memory_order_relaxed);
}

void Journal::replied(RequestId id) {
  const auto number = static_cast<std::uint64_t>(id);
  Number(memory_.header().replied).store(number, std::memory_order_relaxed);
  if (resends_) return;
  // Nobody reads into the room while a request is being handled.
  const bool at_hand = Number(memory_.header().handling).load(std::memory_order_relaxed) == number;
  if (at_hand && id_of(header_of(request_room())) == id) request_done();
}

RequestId Journal::last_replied() const { return RequestId{memory_.header().replied}; }

void Journal::keep_answer(std::span<const std::span<const std::byte>> parts) {
  auto& header = memory_.header();
  Number(header.answer_size).store(0, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  std::size_t size = 0;
  for (const auto& part : parts) {
    if (part.size() > max_kept_answer - size) return;
    std::copy(part.begin(), part.end(), header.answer + size);
    size += part.size();
  }
  Number(header.answer_size).store(size, std::memory_order_release);
}

std::vector<std::byte> Journal::kept_answer() const {
  const auto& header = memory_.header();
  return {header.answer,
          header.answer + std::min<std::uint64_t>(header.answer_size, max_kept_answer)};
}

RequestId Journal::find_poison(bool after_crash) {
  auto& header = memory_.header();
  const std::uint64_t handled = std::exchange(header.handling, 0);
  if (!after_crash || handled == 0) return RequestId::none;
  header.suspect_crashes = handled == header.suspect ? header.suspect_crashes + 1 : 1;
  header.suspect = handled;
  return header.suspect_crashes >= 2 ? RequestId{handled} : RequestId::none;
}

}  // namespace lockfs
