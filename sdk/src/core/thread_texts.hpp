#pragma once

#include "core/fixed_text.hpp"

namespace tidegate::sdk {

/// The texts that a call leaves behind for its thread. They are too large for thread-local storage: the loader keeps some 1,700 bytes
/// for all the libraries that a process loads when it runs already, and refuses the next one when they are used up. A thread gets
/// this memory at its first error or refusal by a policy, and gives it back at its end.
struct ThreadTexts {
  FixedText<1023> last_error;
  FixedText<255> refusal, redirect;

  /// Returns: those of this thread, or nullptr when memory for them cannot be had. Allocates once for each thread.
  static ThreadTexts *get() noexcept;
  /// Returns: those of this thread if it has any. Allocates nothing.
  static const ThreadTexts *find() noexcept;
};

}  // namespace tidegate::sdk
