#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "loop/clock.hpp"
#include "tidegate/service.h"

namespace tidegate::sdk {

/// Calls the servers' `describe` callbacks on a thread of its own and for a limited time, so that a slow or hanging callback delays
/// neither a loop, nor the control socket, nor a list of sessions; the list then has no texts.
///
/// Threads: text() any; stop() once.
class Describer {
 public:
  static constexpr std::size_t kLongest = 1024;       ///< bytes of a text that are kept
  static constexpr Nanos kLimit = kSecond / 4;        ///< of one call
  static constexpr Nanos kShare = kSecond / 2;        ///< of all calls, in each kWindow
  static constexpr Nanos kWindow = 5 * kSecond;

  Describer() = default;
  ~Describer();
  Describer(const Describer &) = delete;
  Describer &operator=(const Describer &) = delete;

  /// Returns the text of a session, cleaned as border_text.hpp says. Empty: the server has no text; the callback has not returned within
  /// the limit (then `late` is called); an earlier call has not returned yet; or the time for all calls is used up.
  std::string text(const tg_service_options &server, tg_ticket ticket, std::uint64_t tag, const std::function<void()> &late);
  /// Ends the calls of callbacks. Returns: false when a callback has not returned within `bound` of the real clock.
  bool stop(Nanos bound);

 private:
  /// The data of a call, which outlives the asking thread.
  struct Call {
    tg_service_options server{};
    tg_ticket ticket = 0;
    std::uint64_t tag = 0;
    std::string text{};
    bool done = false;  // guarded by mu_
  };

  bool may_spend(Nanos now);
  void run();

  std::mutex mu_;
  std::condition_variable asked_, answered_;
  // guarded by mu_:
  std::shared_ptr<Call> call_;  // requested or in progress
  bool has_thread_ = false;
  bool stopping_ = false;
  Nanos window_ = 0;  // begin of the present kWindow
  Nanos spent_ = 0;   // time of the calls in it
};

}  // namespace tidegate::sdk
