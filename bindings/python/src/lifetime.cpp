#include "lifetime.hpp"

#include <cxxabi.h>
#include <unistd.h>

#include <chrono>

namespace tidegate::python {
namespace {

/// How long exit waits for a callback or a call that does not come back.
constexpr std::chrono::seconds kPatience{5};

/// Ends a thread that CPython unwinds, at the first frame of ours: further up are destructors that would touch Python
/// without the GIL, and functions that let nothing through. The process is about to end, so the thread has nothing left to
/// do.
[[noreturn]] void park() {
  while (true) pause();
}

}  // namespace

thread_local const OpenHost *InCallback::host_ = nullptr;

Lifetime &Lifetime::get() {
  static auto *const lifetime = new Lifetime;
  return *lifetime;
}

bool Lifetime::enter() {
  const std::lock_guard lock(mu_);
  if (ending_.load(std::memory_order_relaxed)) return false;
  ++inside_;
  return true;
}

void Lifetime::leave() {
  const std::lock_guard lock(mu_);
  if (--inside_ == 0) left_.notify_all();
}

bool Lifetime::end() {
  PyThreadState *const state = PyEval_SaveThread();
  bool quiet;
  {
    std::unique_lock lock(mu_);
    last_thread_ = std::this_thread::get_id();
    ending_.store(true, std::memory_order_release);
    quiet = left_.wait_for(lock, kPatience, [this] { return inside_ == 0; });
  }
  PyEval_RestoreThread(state);
  return quiet;
}

Away::Away() {
  if (Lifetime::get().enter()) state_ = PyEval_SaveThread();
}

Away::~Away() {
  if (state_ == nullptr) return;
  try {
    PyEval_RestoreThread(state_);
  } catch (abi::__forced_unwind &) {
    park();
  }
  Lifetime::get().leave();
}

InCallback::InCallback(const OpenHost *host) : outer_(host_), entered_(Lifetime::get().enter()) {
  if (!entered_) return;
  try {
    state_ = PyGILState_Ensure();
  } catch (abi::__forced_unwind &) {
    park();
  }
  host_ = host;
}

InCallback::~InCallback() {
  if (!entered_) return;
  host_ = outer_;
  PyGILState_Release(state_);
  Lifetime::get().leave();
}

PyObject *call_unraisable(PyObject *function, PyObject *arguments) noexcept {
  try {
    PyObject *const result = PyObject_CallObject(function, arguments);
    if (result == nullptr) PyErr_WriteUnraisable(function);
    return result;
  } catch (abi::__forced_unwind &) {
    park();
  }
}

}  // namespace tidegate::python
