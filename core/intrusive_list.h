// A doubly linked list through its elements: O(1) to put in and take out, no allocation.
// The list owns nothing; an element must be unlinked before it is destroyed.
#pragma once

#include <cassert>
#include <utility>

namespace lockfs {

template <class T>
struct ListLinks {
  T* previous = nullptr;  // of the first element itself; nullptr: it is in no list
  T* next = nullptr;
};

template <class T, ListLinks<T> T::*Links>
class IntrusiveList {
 public:
  bool empty() const { return first_ == nullptr; }
  T* first() const { return first_; }
  static T* after(const T& element) { return (element.*Links).next; }
  static bool linked(const T& element) { return (element.*Links).previous != nullptr; }

  void push_back(T& element) {
    assert(!linked(element));
    element.*Links = {last_ != nullptr ? last_ : &element, nullptr};
    (last_ != nullptr ? (last_->*Links).next : first_) = &element;
    last_ = &element;
  }

  void remove(T& element) {
    assert(linked(element));
    const auto [previous, next] = std::exchange(element.*Links, {});
    const bool is_first = previous == &element;
    (is_first ? first_ : (previous->*Links).next) = next;
    if (next != nullptr) {
      (next->*Links).previous = is_first ? next : previous;
    } else {
      last_ = is_first ? nullptr : previous;
    }
  }

 private:
  T* first_ = nullptr;
  T* last_ = nullptr;
};

}  // namespace lockfs
