// A sequence of mostly one element, which stands here itself; where there are more they are in a
// vector. For what there may be many of. T{} stands for no element, and is none; a T that can be
// told from it at a glance says so by `none()`.
#pragma once

#include <algorithm>
#include <cassert>
#include <memory>
#include <utility>
#include <vector>

namespace lockfs {

template <class T>
class OneOrMore {
 public:
  OneOrMore() = default;
  explicit OneOrMore(T one) : first_(std::move(one)) {}
  OneOrMore(OneOrMore&& other) noexcept
      : first_(std::exchange(other.first_, T{})), more_(std::move(other.more_)) {}
  OneOrMore& operator=(OneOrMore&& other) noexcept {
    first_ = std::exchange(other.first_, T{});
    more_ = std::move(other.more_);
    return *this;
  }
  OneOrMore(const OneOrMore&) = delete;
  OneOrMore& operator=(const OneOrMore&) = delete;
  ~OneOrMore() = default;

  std::size_t size() const {
    if (more_) return more_->size();
    return is_none(first_) ? 0 : 1;
  }
  bool empty() const { return size() == 0; }
  bool none() const { return empty(); }
  T* data() { return more_ ? more_->data() : &first_; }
  const T* data() const { return more_ ? more_->data() : &first_; }
  T* begin() { return data(); }
  T* end() { return data() + size(); }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size(); }
  T& front() { return *data(); }
  const T& front() const { return *data(); }
  friend bool operator==(const OneOrMore& a, const OneOrMore& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

  T& operator[](std::size_t i) { return data()[i]; }
  const T& operator[](std::size_t i) const { return data()[i]; }

  void push_back(T value) { insert(end(), std::move(value)); }
  void insert(const T* before, T value) {
    assert(!is_none(value));
    const auto place = before - data();
    if (empty() && !more_) {
      first_ = std::move(value);
      return;
    }
    spread();
    more_->insert(more_->begin() + place, std::move(value));
  }
  void remove(const T& value) {
    const T* const found = std::find(begin(), end(), value);
    if (found != end()) erase(found);
  }
  // The vector, once there is one, stays: whoever had several often has several again.
  void erase(const T* element) {
    if (more_) {
      more_->erase(more_->begin() + (element - more_->data()));
    } else {
      first_ = T{};
    }
  }
  void clear() {
    first_ = T{};
    more_.reset();
  }

 private:
  static bool is_none(const T& value) {
    if constexpr (requires { value.none(); }) {
      return value.none();
    } else {
      return value == T{};
    }
  }
  void spread() {
    if (more_) return;
    more_ = std::make_unique<std::vector<T>>();
    more_->push_back(std::exchange(first_, T{}));
  }

  T first_{};
  std::unique_ptr<std::vector<T>> more_;
};

}  // namespace lockfs
