#include "lifetime.hpp"

#include <cxxabi.h>
#include <unistd.h>

#include <chrono>
#include <new>

#include "child_end.hpp"

namespace tidegate::python {
namespace {

/// How long exit waits for a callback or a call that does not come back.
constexpr std::chrono::seconds kPatience{5};
/// How often it looks whether they have: a call that leaves tells nobody, as it costs too much to do so each time.
constexpr std::chrono::milliseconds kLook{1};

/// Ends a thread that CPython unwinds, at the first frame of ours: further up are destructors that would touch Python
/// without the GIL, and functions that let nothing through. The process is about to end, so the thread has nothing left to
/// do.
[[noreturn]] void park() {
  while (true) pause();
}

}  // namespace

thread_local std::size_t Lifetime::depth_ = 0;
thread_local const OpenHost *InCallback::host_ = nullptr;
thread_local std::size_t InCallback::depth_ = 0;
thread_local const InCallback *InCallback::innermost_ = nullptr;

Lifetime &Lifetime::get() {
  static auto *const lifetime = new Lifetime;
  return *lifetime;
}

bool Lifetime::begin_call() {
  // What is under way already is waited for, so it may go on: a callback, and a call that calls another.
  if (ending() && !is_last_thread() && (over() || (depth_ == 0 && !InCallback::on_this_thread()))) {
    PyErr_SetNone(PyExc_SystemExit);
    return false;
  }
  ++calls_;
  ++depth_;
  return true;
}

bool Lifetime::begin_object_end() {
  if (over() && !is_last_thread()) return false;
  ++calls_;
  ++depth_;
  return true;
}

void Lifetime::end_call() {
  --calls_;
  --depth_;
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

/// With the GIL, so that no call is under way but those that are counted.
bool Lifetime::quiet() {
  const std::lock_guard lock(mu_);
  return inside_ == 0 && calls_ <= depth_;
}

bool Lifetime::end() {
  {
    const std::lock_guard lock(mu_);
    last_thread_ = std::this_thread::get_id();
    ending_.store(true, std::memory_order_release);
  }
  const auto until = std::chrono::steady_clock::now() + kPatience;
  bool done = quiet();
  while (!done && std::chrono::steady_clock::now() < until) {
    PyThreadState *const state = PyEval_SaveThread();
    {
      std::unique_lock lock(mu_);
      left_.wait_for(lock, kLook, [] { return false; });
    }
    PyEval_RestoreThread(state);
    done = quiet();
  }
  over_.store(true, std::memory_order_release);
  return done;
}

void Lifetime::forget_other_threads() {
  new (&mu_) std::mutex;
  new (&left_) std::condition_variable;
  calls_ = depth_;
  inside_ = 0;
  ++forks_;
  InCallback::forget();
  ending_.store(false);
  over_.store(false);
}

Away::Away() {
  const Lifetime &lifetime = Lifetime::get();
  if (lifetime.over() && lifetime.is_last_thread()) return;
  state_ = PyEval_SaveThread();
  if (lifetime.over()) park();
}

Away::~Away() {
  if (state_ == nullptr) return;
  if (Lifetime::get().over() && !Lifetime::get().is_last_thread()) park();
  try {
    PyEval_RestoreThread(state_);
  } catch (abi::__forced_unwind &) {
    park();
  }
}

void InCallback::forget() {
  host_ = nullptr;
  depth_ = 0;
}

InCallback::InCallback(const OpenHost *host)
    : outer_host_(host_),
      outer_(innermost_),
      forks_(Lifetime::get().forks()),
      python_below_(PyGILState_GetThisThreadState() != nullptr),
      entered_(Lifetime::get().enter()) {
  if (!entered_) return;
  try {
    state_ = PyGILState_Ensure();
  } catch (abi::__forced_unwind &) {
    park();
  }
  host_ = host;
  ++depth_;
  innermost_ = this;
}

InCallback::~InCallback() {
  if (!entered_) return;
  if (leads_nowhere()) end_child(true);
  innermost_ = outer_;
  const bool forked = is_forked();
  if (!forked) {
    host_ = outer_host_;
    --depth_;
  }
  try {
    PyGILState_Release(state_);
  } catch (abi::__forced_unwind &) {
    park();
  }
  if (!forked) Lifetime::get().leave();
}

PyObject *call_unraisable(PyObject *function, PyObject *arguments) noexcept {
  try {
    PyObject *const result = PyObject_CallObject(function, arguments);
    if (InCallback::leads_nowhere()) end_child(result != nullptr);
    if (result == nullptr) PyErr_WriteUnraisable(function);
    return result;
  } catch (abi::__forced_unwind &) {
    park();
  }
}

}  // namespace tidegate::python
