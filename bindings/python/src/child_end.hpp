#pragma once

namespace tidegate::python {

/// Ends a child that was forked inside a callback, once the callback has returned or, with false, raised the exception that
/// is set. Joins Python's threads, runs the exit handlers and flushes the streams, as the end of a main thread does, and
/// exits with the code of SystemExit, 1 after another exception, else 0. Holds the GIL.
///
/// Not by Py_Exit(): CPython 3.13 has the state of the parent's main thread there, which is gone in a child that another
/// thread has forked, and crashes.
[[noreturn]] void end_child(bool returned);

}  // namespace tidegate::python
