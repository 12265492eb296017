// Values of which always as many bytes are written, whatever is in them: found out in a constant
// expression, so that all the fields of one are written with one look at the room. See codec.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/format.h"

namespace lockfs {

// Counts the bytes of a value that has as many whatever is in it: in a constant expression, or not
// at all.
class FixedSize {
 public:
  static constexpr bool reads = false;

  template <class... T>
  constexpr void operator()(const T&... values) {
    (add(values), ...);
  }
  template <class... T>
  constexpr void since(std::uint32_t format, const T&... values) {
    if (format <= current_format) (*this)(values...);
  }
  std::size_t bytes = 0;  // in the current format

 private:
  template <Plain T>
  constexpr void add(const T&) {
    bytes += sizeof(T);
  }
  template <class T>
  constexpr void add(const T& value) {
    fields(*this, value);
  }
  template <class A, class B>
  constexpr void add(const std::pair<A, B>& value) {
    (*this)(value.first, value.second);
  }
  void add(const std::string&);
  template <class T>
  void add(const std::vector<T>&);
  template <class T, std::size_t N>
  void add(const std::array<T, N>&);
  template <class T>
  void add(const std::optional<T>&);
  template <class... T>
  void add(const std::variant<T...>&);
};

template <class... T>
constexpr std::size_t fixed_size() {
  FixedSize counter;
  counter(T{}...);
  return counter.bytes;
}

template <class T>
concept OfFixedSize = !Plain<T> && requires {
  typename std::integral_constant<std::size_t, fixed_size<T>()>;
};

template <class T>
concept OfKnownSize = Plain<T> || OfFixedSize<T>;

// Writes where there is room enough.
class PlainEncoder {
 public:
  static constexpr bool reads = false;

  PlainEncoder(std::byte* at, std::uint32_t format) : at_(at), format_(format) {}
  std::byte* end() const { return at_; }

  template <class... T>
  void operator()(const T&... values) {
    (put(values), ...);
  }
  template <class... T>
  void since(std::uint32_t format, const T&... values) {
    if (format_ >= format) (*this)(values...);
  }

 private:
  template <Plain T>
  void put(const T& value) {
    std::memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }
  template <class A, class B>
  void put(const std::pair<A, B>& value) {
    (*this)(value.first, value.second);
  }
  template <class T>
  void put(const T& value) {
    fields(*this, value);
  }

  std::byte* at_;
  std::uint32_t format_;
};

}  // namespace lockfs
