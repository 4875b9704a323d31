#pragma once

#include <cxxabi.h>

#include <exception>
#include <utility>

namespace tidegate::sdk {

inline constexpr const char *kNoSentence = "an exception that is not a std::exception";

/// Calls code of a plugin. A function of the plugin ABI must not throw (abi/include/tidegate/plugin_entry.h). An exception that leaves one all the
/// same ends here: `threw(what)` gets its text, and the host goes on. Only the unwinding of a cancelled thread goes through, as no code may
/// stop it. Costs nothing without an exception. Returns: whether no exception was thrown.
template <class Call, class Threw>
[[gnu::always_inline]] inline bool vendor_call(Call &&call, Threw &&threw) {
  try {
    std::forward<Call>(call)();
    return true;
  } catch (abi::__forced_unwind &) {
    throw;
  } catch (const std::exception &error) {
    threw(error.what());
  } catch (...) {
    threw(kNoSentence);
  }
  return false;
}

}  // namespace tidegate::sdk
