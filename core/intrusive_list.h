// A doubly linked list through its elements: O(1) to put in and take out, no allocation.
// The list owns nothing; an element must be unlinked before it is destroyed.
#pragma once

#include <cassert>

namespace lockfs {

template <class T>
struct ListLinks {
  T* previous = nullptr;
  T* next = nullptr;
  bool linked = false;
};

template <class T, ListLinks<T> T::*Links>
class IntrusiveList {
 public:
  bool empty() const { return first_ == nullptr; }
  T* first() const { return first_; }
  static T* after(const T& element) { return (element.*Links).next; }
  static bool linked(const T& element) { return (element.*Links).linked; }

  void push_back(T& element) {
    auto& links = element.*Links;
    assert(!links.linked);
    links = {last_, nullptr, true};
    (last_ != nullptr ? (last_->*Links).next : first_) = &element;
    last_ = &element;
  }

  void remove(T& element) {
    auto& links = element.*Links;
    assert(links.linked);
    (links.previous != nullptr ? (links.previous->*Links).next : first_) = links.next;
    (links.next != nullptr ? (links.next->*Links).previous : last_) = links.previous;
    links = {};
  }

 private:
  T* first_ = nullptr;
  T* last_ = nullptr;
};

}  // namespace lockfs
