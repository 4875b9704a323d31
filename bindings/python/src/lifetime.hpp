#pragma once

#include <Python.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace tidegate::python {

class OpenHost;

/// The interpreter's end. A thread that asks for the GIL while CPython is torn down never gets it: up to 3.13 it is unwound
/// in the middle of our frames, from 3.14 on it hangs. Any call may ask for the GIL, also one that only raises an
/// exception. So before that, at exit, no call and no callback is let in any more, and all that are under way are waited
/// for. Threads: any. One in the process, never destroyed.
class Lifetime {
 public:
  static Lifetime &get();

  // ---- calls from Python into the module; with the GIL ----

  /// Returns: false with SystemExit set when the interpreter ends and the call is refused; else end_call() must follow.
  bool begin_call();
  /// The same for the end of an object, which may come with any exception set, and sets none. Refused later than a call, as
  /// it may be what releases a session.
  bool begin_object_end();
  void end_call();

  // ---- callbacks on their way into Python; without the GIL ----

  /// Returns: false once the end has begun; else leave() must follow.
  bool enter();
  void leave();

  bool ending() const { return ending_.load(std::memory_order_acquire); }
  /// Whether the threads that were under way have had their time: CPython may be torn down from now on.
  bool over() const { return over_.load(std::memory_order_acquire); }
  /// Whether this is the thread that ends the interpreter.
  bool is_last_thread() const { return ending() && last_thread_ == std::this_thread::get_id(); }

  /// Begins the end; holds the GIL, and lets go of it while it waits, for a few seconds at most.
  /// Returns: whether no other thread is under way any more.
  bool end();

  /// In a forked child, which has none of the parent's other threads: forgets what they counted and locked, and the
  /// callbacks that this thread is in, whose host is the parent's.
  void forget_other_threads();
  /// How many forks this process is away from the one that loaded the module.
  unsigned forks() const { return forks_; }

 private:
  bool quiet();

  unsigned forks_ = 0;                     // written in a forked child only, by its one thread
  std::size_t calls_ = 0;                  // guarded by the GIL
  static thread_local std::size_t depth_;  // calls of this thread among them

  std::mutex mu_;  // guards what follows; never held while waiting for the GIL
  std::condition_variable left_;
  std::size_t inside_ = 0;           // callbacks
  std::thread::id last_thread_;      // written once, before ending_
  std::atomic<bool> ending_{false};  // written under mu_, once; readers that see it also see last_thread_
  std::atomic<bool> over_{false};    // written once, by end()
};

/// While it lives, this thread is without the GIL, which it holds before and after. Once the interpreter's end is over the
/// last thread keeps the GIL: no other thread needs it then. Any other thread that comes here so late is parked.
class Away {
 public:
  Away();
  ~Away();
  Away(const Away &) = delete;
  Away &operator=(const Away &) = delete;

 private:
  PyThreadState *state_ = nullptr;
};

/// While it lives, this thread, which runs a callback of a host, holds the GIL. Converts to false when the interpreter
/// ends: then it does not, and nothing of Python may be touched.
class InCallback {
 public:
  explicit InCallback(const OpenHost *host);
  ~InCallback();
  InCallback(const InCallback &) = delete;
  InCallback &operator=(const InCallback &) = delete;

  explicit operator bool() const { return entered_; }

  /// Whether this thread runs a callback, where waiting for others could be a deadlock.
  static bool on_this_thread() { return depth_ != 0; }
  /// Whether it runs a callback of this host, which is not destroyed before that has returned.
  static bool of(const OpenHost *host) { return host_ == host; }

  /// In a forked child: this thread, its only one, is in no callback of a host of its own.
  static void forget();
  /// Whether a child was forked inside this thread's callback, on a thread of the library: the frames below are those of
  /// the parent's host, and lead nowhere in the child.
  static bool leads_nowhere() { return innermost_ != nullptr && innermost_->is_forked() && !innermost_->python_below_; }

 private:
  bool is_forked() const { return forks_ != Lifetime::get().forks(); }

  static thread_local const OpenHost *host_;  // of the innermost callback on this thread, or null
  static thread_local std::size_t depth_;
  static thread_local const InCallback *innermost_;
  const OpenHost *const outer_host_;
  const InCallback *const outer_;
  const unsigned forks_;
  const bool python_below_;  // the thread runs Python code that has called into the library
  const bool entered_;
  PyGILState_STATE state_{};
};

/// Calls a Python function from within a callback, with a tuple of arguments. What it raises goes to sys.unraisablehook.
/// Returns: a new reference, or NULL when it raised.
PyObject *call_unraisable(PyObject *function, PyObject *arguments) noexcept;

}  // namespace tidegate::python
