#pragma once

#include <new>
#include <string_view>
#include <system_error>
#include <type_traits>

#include "core/cancel_off.hpp"
#include "os/fault.hpp"
#include "tidegate/base.h"

namespace tidegate::sdk::api {

/// Keeps the sentence for tg_last_error() of this thread. Without memory for it, tg_last_error() says that the reason was lost.
/// Returns: `code`.
tg_result fail(tg_result code, std::string_view sentence) noexcept;

/// Keeps a sentence for an errno of which the failed step is not known. Returns: TG_E_SYSTEM.
tg_result refused_by_the_system(int error) noexcept;

/// Runs the body of a C entry point. No exception crosses the ABI: it becomes an error and its sentence. A request to cancel the thread
/// takes effect after the return. Returns: the result of `body`, TG_OK for a `body` without one.
template <class F>
tg_result guarded(F &&body) noexcept {
  const CancelOff uncancelled;
  try {
    if constexpr (std::is_void_v<decltype(body())>) {
      body();
      return TG_OK;
    } else {
      return body();
    }
  } catch (const Fault &fault) {
    return fail(fault.code(), fault.what());
  } catch (const std::bad_alloc &) {
    return fail(TG_E_NO_MEMORY, "memory could not be had");
  } catch (const std::system_error &error) {
    return refused_by_the_system(error.code().value());  // not the C++ library's own words
  } catch (...) {
    return fail(TG_E_SYSTEM, "an error inside the library that it has no word for; the log may say more");
  }
}

}  // namespace tidegate::sdk::api
