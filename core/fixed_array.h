// An array that is made as long as it is to be, once: a pointer and a size, where there are many of
// it. Its elements never move.
#pragma once

#include <cstddef>
#include <memory>

namespace lockfs {

template <class T>
class FixedArray {
 public:
  // Of elements that are T{}, in place of those before.
  void make(std::size_t size) {
    elements_ = std::make_unique<T[]>(size);
    size_ = size;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* begin() { return elements_.get(); }
  T* end() { return elements_.get() + size_; }
  const T* begin() const { return elements_.get(); }
  const T* end() const { return elements_.get() + size_; }
  const T& front() const { return elements_[0]; }
  T& operator[](std::size_t i) { return elements_[i]; }
  const T& operator[](std::size_t i) const { return elements_[i]; }

 private:
  std::unique_ptr<T[]> elements_;
  std::size_t size_ = 0;
};

}  // namespace lockfs
