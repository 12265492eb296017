#include "core/event_ring.h"

#include <algorithm>
#include <cstring>

namespace lockfs {
namespace {

struct RecordHeader {
  std::uint32_t size = 0;
  std::uint32_t text_size = filler;
  static constexpr std::uint32_t filler = ~std::uint32_t{0};
};

constexpr std::size_t record_size = sizeof(RecordHeader) + sizeof(Notice);
// What one of a notice's texts is cut to.
constexpr std::size_t max_piece = 32U << 10U;

// Another program's notices may look otherwise.
constexpr std::uint64_t magic = 0x6c6b6601;
constexpr std::uint64_t format = (magic << 32U) | sizeof(Notice);

constexpr std::uint64_t padded(std::uint64_t size) { return (size + 7) / 8 * 8; }

void store(std::uint64_t& word, std::uint64_t value) {
  std::atomic_ref(word).store(value, std::memory_order_release);
}

RecordHeader header_at(const std::byte* at) {
  RecordHeader header;
  std::memcpy(&header, at, sizeof header);
  return header;
}

bool within(Piece piece, std::size_t size) {
  return piece.begin <= size && piece.size <= size - piece.begin;
}

bool is_whole(const Notice& notice, std::size_t text_size) {
  return within(notice.units, text_size) && within(notice.words, text_size) &&
         within(notice.answer, text_size);
}

}  // namespace

EventRing::EventRing(std::span<std::byte> room)
    : room_(room), capacity_((room.size() - sizeof(Header)) / 8 * 8) {
  if (header().format != format || !recover()) begin_anew();
}

void EventRing::begin_anew() {
  places_.clear();
  oldest_ = 1;
  const bool of_ours = header().format >> 32U == magic;
  header() = {0, of_ours ? header().place : 0, 0, 0};
  store(header().format, format);
}

// False if what is there is no chain of whole records.
bool EventRing::recover() {
  const std::uint64_t end = header().end;
  std::uint64_t count = header().begin;
  if (end < count || end - count > capacity_ || count % 8 != 0 || end % 8 != 0) return false;
  while (count < end) {
    const auto record = header_at(at_count(count));
    const std::uint64_t room = std::min(to_end_of_room(count), end - count);
    if (record.size < sizeof record || record.size % 8 != 0 || record.size > room) return false;
    if (record.text_size != RecordHeader::filler) {
      if (record.size < record_size || record.text_size > record.size - record_size) return false;
      Notice notice;
      std::memcpy(&notice, at_count(count) + sizeof record, sizeof notice);
      if (!is_whole(notice, record.text_size)) return false;
      if (places_.empty()) oldest_ = notice.position;
      if (notice.position != oldest_ + places_.size()) return false;
      places_.push_back(count);
    }
    count += record.size;
  }
  return true;
}

void EventRing::truncate(std::uint64_t newest) {
  while (!empty() && this->newest() > newest) {
    store(header().end, places_.back());
    places_.pop_back();
  }
  if (empty()) {
    begin_anew();
    oldest_ = newest + 1;
  }
  if (place() > newest) set_place(newest);
}

// The oldest give way until nothing before `end` minus the room is left.
void EventRing::make_room(std::uint64_t end) {
  bool moved = false;
  while (!empty() && end - places_.front() > capacity_) {
    places_.pop_front();
    ++oldest_;
    moved = true;
  }
  if (moved) store(header().begin, empty() ? header().end : places_.front());
}

void EventRing::push(const NoticeText& told) {
  const Notice& notice = told.notice;
  if (notice.position != oldest_ + places_.size()) {
    begin_anew();
    oldest_ = notice.position;
  }
  const auto cut = [](Piece piece) { return std::min<std::size_t>(piece.size, max_piece); };
  const std::size_t size =
      padded(record_size + cut(notice.units) + cut(notice.words) + cut(notice.answer));
  std::uint64_t count = header().end;
  const std::uint64_t left = to_end_of_room(count);
  if (left < size) {
    make_room(count + left + size);
    const RecordHeader filler{static_cast<std::uint32_t>(left), RecordHeader::filler};
    std::memcpy(at_count(count), &filler, sizeof filler);
    count += left;
  } else {
    make_room(count + size);
  }
  write(at_count(count), size, told);
  places_.push_back(count);
  store(header().end, count + size);
}

void EventRing::write(std::byte* at, std::size_t size, const NoticeText& told) {
  std::memcpy(at + sizeof(RecordHeader), &told.notice, sizeof(Notice));
  auto& notice = *reinterpret_cast<Notice*>(at + sizeof(RecordHeader));
  std::byte* const text = at + record_size;
  std::uint32_t used = 0;
  for (Piece* piece : {&notice.units, &notice.words, &notice.answer}) {
    const auto part = piece->size == 0 ? std::string_view() : told.of(*piece).substr(0, max_piece);
    if (!part.empty()) std::memcpy(text + used, part.data(), part.size());
    *piece = {used, static_cast<std::uint32_t>(part.size())};
    used += piece->size;
  }
  const RecordHeader header{static_cast<std::uint32_t>(size), used};
  std::memcpy(at, &header, sizeof header);
}

EventRecord EventRing::at(std::uint64_t position) const {
  const std::byte* const record = at_count(places_.at(position - oldest_));
  EventRecord copy;
  std::memcpy(&copy.notice, record + sizeof(RecordHeader), sizeof copy.notice);
  copy.text.assign(reinterpret_cast<const char*>(record + record_size),
                   header_at(record).text_size);
  return copy;
}

std::uint64_t EventRing::place() const { return header().place; }

void EventRing::set_place(std::uint64_t position) { store(header().place, position); }

}  // namespace lockfs
