// Values as bytes and back: what the journal is written in.
//
// Each type names its fields once, in a function `fields(archive, value)`; an Encoder writes them,
// a Decoder reads them. Numbers are fixed-width in the machine's byte order: a journal never leaves
// it. A Decoder believes nothing: whatever the bytes, it reads within them and says ok() or not.
//
// Formats are numbered. What is written is the current one; those before, from the oldest on, can
// be read. A field that is new in a format is named so, and keeps its default where it is missing:
//
//     a(v.name, v.line);
//     a.since(5, v.colour);
//
// An enumeration says its `last` value: whatever is beyond is none of it. Those as wide as a number
// are identities, of which any will do. Alternatives of a variant are only added, at the end. A
// field that is no longer wanted goes when the oldest format is one without it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/fixed_size.h"
#include "core/format.h"

namespace lockfs {

template <class T>
constexpr bool is_known(T value) {
  if constexpr (std::is_enum_v<T> && sizeof(T) < sizeof(std::uint64_t) &&
                !std::is_same_v<T, std::byte>) {
    static_assert(T::last >= T{}, "an enumeration names its last value, or cannot be read");
    return value >= T{} && value <= T::last;
  } else {
    return true;
  }
}

class Encoder {
 public:
  static constexpr bool reads = false;

  explicit Encoder(std::span<std::byte> room, std::uint32_t format = current_format)
      : room_(room), format_(format) {}

  // False: there was not room enough, and what was written is good for nothing.
  bool ok() const { return ok_; }
  std::size_t size() const { return used_; }

  template <class... T>
  void operator()(const T&... values) {
    (put(values), ...);
  }
  template <class... T>
  void since(std::uint32_t format, const T&... values) {
    if (format_ >= format) (*this)(values...);
  }

 private:
  bool fits(std::size_t size) { return ok_ = ok_ && size <= room_.size() - used_; }
  void bytes(const void* data, std::size_t size) {
    if (!fits(size) || size == 0) return;
    std::memcpy(room_.data() + used_, data, size);
    used_ += size;
  }
  // In place: events are written on the lock path, three numbers and a structure each.
  template <Plain T>
  void put(const T& value) {
    if (!fits(sizeof value)) return;
    std::memcpy(room_.data() + used_, &value, sizeof value);
    used_ += sizeof value;
  }
  // One look at the room for all its fields.
  template <OfFixedSize T>
  void put(const T& value) {
    if (!fits(fixed_size<T>())) return;
    PlainEncoder plain(room_.data() + used_, format_);
    fields(plain, value);
    used_ = static_cast<std::size_t>(plain.end() - room_.data());
  }
  void put(const std::string& text) {
    put(static_cast<std::uint32_t>(text.size()));
    bytes(text.data(), text.size());
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(static_cast<std::uint32_t>(values.size()));
    for (const auto& value : values) put(value);
  }
  template <class T, std::size_t N>
  void put(const std::array<T, N>& values) {
    for (const auto& value : values) put(value);
  }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class A, class B>
  void put(const std::pair<A, B>& value) {
    (*this)(value.first, value.second);
  }
  template <class... T>
  void put(const std::variant<T...>& value) {
    put(static_cast<std::uint8_t>(value.index()));
    std::visit([this](const auto& alternative) { this->put(alternative); }, value);
  }
  template <class T>
  void put(const T& value) {
    fields(*this, value);
  }

  std::span<std::byte> room_;
  std::uint32_t format_;
  std::size_t used_ = 0;
  bool ok_ = true;
};

class Decoder {
 public:
  static constexpr bool reads = true;

  explicit Decoder(std::span<const std::byte> data, std::uint32_t format = current_format)
      : data_(data), format_(format) {}

  bool ok() const { return ok_; }
  bool at_end() const { return data_.empty(); }

  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }
  template <class... T>
  void since(std::uint32_t format, T&... values) {
    if (format_ >= format) (*this)(values...);
  }

 private:
  bool bytes(void* into, std::size_t size) {
    ok_ = ok_ && size <= data_.size();
    if (!ok_) return false;
    std::memcpy(into, data_.data(), size);
    data_ = data_.subspan(size);
    return true;
  }
  template <Plain T>
  void get(T& value) {
    T read{};
    ok_ = bytes(&read, sizeof read) && is_known(read);
    if (ok_) value = read;
  }
  void get(bool& value) {
    std::uint8_t byte = 0;
    get(byte);
    ok_ = ok_ && byte <= 1;
    value = byte == 1;
  }
  void get(std::string& text) {
    const std::size_t size = count();
    if (!ok_) return;
    text.assign(reinterpret_cast<const char*>(data_.data()), size);
    data_ = data_.subspan(size);
  }
  template <class T>
  void get(std::vector<T>& values) {
    const std::size_t size = count();
    values.clear();
    for (std::size_t i = 0; i < size && ok_; ++i) get(values.emplace_back());
  }
  template <class T, std::size_t N>
  void get(std::array<T, N>& values) {
    for (auto& value : values) get(value);
  }
  template <class T>
  void get(std::optional<T>& value) {
    bool there = false;
    get(there);
    value.reset();
    if (there && ok_) get(value.emplace());
  }
  template <class A, class B>
  void get(std::pair<A, B>& value) {
    (*this)(value.first, value.second);
  }
  template <class... T>
  void get(std::variant<T...>& value) {
    std::uint8_t index = 0;
    get(index);
    ok_ = ok_ && index < sizeof...(T);
    if (ok_) get_alternative(value, index, std::index_sequence_for<T...>());
  }
  template <class Variant, std::size_t... I>
  void get_alternative(Variant& value, std::size_t index, std::index_sequence<I...>) {
    ((I == index ? get(value.template emplace<I>()) : void()), ...);
  }
  template <class T>
  void get(T& value) {
    fields(*this, value);
  }
  // The number of elements that follow: each takes a byte at least, so more than are left is a lie.
  std::size_t count() {
    std::uint32_t number = 0;
    get(number);
    ok_ = ok_ && number <= data_.size();
    return ok_ ? number : 0;
  }

  std::span<const std::byte> data_;
  std::uint32_t format_;
  bool ok_ = true;
};

}  // namespace lockfs
