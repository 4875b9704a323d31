#pragma once

#include <memory>

#include "re_headers.hpp"

/// libre counts references; this holds one.
struct Dereference {
  void operator()(void *object) const { mem_deref(object); }
};
template <class T>
using Re = std::unique_ptr<T, Dereference>;

/// Takes over what a libre function hands out through a pointer: `out(owner, [&](T **p) { return foo_alloc(p, …); })`.
template <class T, class F>
int out(Re<T> &owner, F &&make) {
  T *object = nullptr;
  const int error = make(&object);
  owner.reset(object);
  return error;
}
