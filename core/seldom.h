// A value that is seldom another than T{}: a pointer where there are many of it.
#pragma once

#include <memory>
#include <utility>

namespace lockfs {

template <class T>
class Seldom {
 public:
  const T& operator*() const { return value_ ? *value_ : usual(); }
  const T* operator->() const { return &**this; }

  // For changing it.
  T& edit() {
    if (!value_) value_ = std::make_unique<T>();
    return *value_;
  }
  void set(T value) { value_ = value == usual() ? nullptr : std::make_unique<T>(std::move(value)); }

 private:
  static const T& usual() {
    static const T value{};
    return value;
  }

  std::unique_ptr<T> value_;
};

}  // namespace lockfs
