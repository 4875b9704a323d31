#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/clock.hpp"
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

  /// The text of a session, cleaned as border_text.hpp says; empty when there is none, when the callback has not come back within the
  /// limit (`late` is then called once), when an earlier call has not come back yet, or when the time for all calls is used up.
  std::string text(const tg_service_options &server, tg_ticket ticket, std::uint64_t tag, const std::function<void()> &late);
  /// Calls no callback any more. Returns: false when one has not come back within `bound` of the real clock.
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
  std::shared_ptr<Call> call_;  // asked for, or in progress
  bool has_thread_ = false;
  bool stopping_ = false;
  Nanos window_ = 0;  // began
  Nanos spent_ = 0;   // in it
};

}  // namespace tidegate::sdk
