#pragma once

#include <chrono>
#include <optional>

#include "lifetime.hpp"
#include "tidegate/service.hpp"

namespace tidegate::python {

/// The time at which a wait is over; none: never.
using Moment = std::optional<std::chrono::steady_clock::time_point>;

Moment moment_after(Duration limit);

/// Between two slices of a wait: throws what a signal's handler raises, and SystemExit when the interpreter ends on another
/// thread.
void notice_signals();

/// Calls `wait(until when)`, away from the GIL, for 50 ms at a time, so that Ctrl-C and the interpreter's end are noticed.
/// Returns: false when the moment came before `wait` was true.
template <class Wait>
bool in_slices(Moment until, Wait wait) {
  while (true) {
    const auto slice = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
    const auto end = until && *until < slice ? *until : slice;
    bool done;
    {
      const Away away;
      done = wait(end);
    }
    if (done) return true;
    notice_signals();
    if (until && std::chrono::steady_clock::now() >= *until) return false;
  }
}

}  // namespace tidegate::python
