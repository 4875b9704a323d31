#pragma once

#include "core/fixed_text.hpp"

namespace tidegate::sdk {

/// The texts that a call leaves for its thread. They are too large for thread-local storage: the loader keeps about 1,700 bytes for all
/// libraries that a running process loads, and refuses further libraries when these are used up. A thread allocates this memory at its
/// first error or refusal by a policy, and frees it at its end.
struct ThreadTexts {
  FixedText<1023> last_error;
  FixedText<255> refusal, redirect;

  /// Returns the texts of this thread, or nullptr without memory. Allocates once for each thread.
  static ThreadTexts *get() noexcept;
  /// Returns the texts of this thread, or nullptr when it has none. Allocates nothing.
  static const ThreadTexts *find() noexcept;
};

}  // namespace tidegate::sdk
