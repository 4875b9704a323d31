#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tidegate/error.hpp"
#include "tidegate/service.h"
#include "tidegate/ticket.hpp"

namespace tidegate {

using Duration = std::chrono::nanoseconds;
inline constexpr Duration kForever = Duration::max();

inline std::uint64_t to_ns(Duration duration) {
  if (duration == kForever) return TG_FOREVER;
  return duration.count() < 0 ? 0 : static_cast<std::uint64_t>(duration.count());
}

/// Who asks for a change, and why.
struct Action {
  std::string_view actor{};
  std::string_view reason{};

  tg_action abi() const {
    tg_action out = TG_INIT(tg_action);
    out.actor = str(actor);
    out.reason = str(reason);
    return out;
  }
};

/// How to drain; zero times mean what tg_drain_options says.
struct DrainOptions {
  Duration deadline{0};
  Duration kill_grace{0};
  Action action{};
};

/// An answer to an admission: a ticket, or a verdict that says why not.
struct Admitted {
  Ticket ticket;
  tg_verdict verdict = TG_INIT(tg_verdict);

  explicit operator bool() const { return static_cast<bool>(ticket); }
};

/// A service of a Host, which owns it: a handle to copy as you like, good as long as the host. Failing calls throw Error;
/// a refusal does not. Threads: as the function of the C ABI that each one calls.
class Service {
 public:
  Service() = default;
  explicit Service(tg_service *handle) : handle_(handle) {}

  tg_service *handle() const { return handle_; }

  Admitted admit(const tg_request &request = TG_INIT(tg_request)) const {
    Admitted out;
    tg_ticket id = 0;
    check(tg_admit(handle_, &request, &out.verdict, &id));
    out.ticket = Ticket(handle_, id);
    return out;
  }
  Entry enter() const { return Entry(handle_); }
  Entry enter_child(const Ticket &parent) const { return Entry(handle_, parent.id()); }

  void start(const Action &action = {}) const {
    const tg_action abi = action.abi();
    check(tg_service_start(handle_, &abi));
  }
  void drain(const DrainOptions &options = {}) const { drain(TG_INTENT_STAY, options); }
  /// Stops when the last session has left.
  void stop_gracefully(const DrainOptions &options = {}) const { drain(TG_INTENT_STOP, options); }
  /// Stops without waiting.
  void stop(const Action &action = {}) const {
    const tg_action abi = action.abi();
    check(tg_service_stop(handle_, &abi));
  }
  void resume(const Action &action = {}) const {
    const tg_action abi = action.abi();
    check(tg_service_resume(handle_, &abi));
  }

  /// Waits for a moment, TG_UNTIL_*. Returns: false when `timeout` was over first.
  bool wait(std::uint32_t until, Duration timeout = kForever) const {
    const tg_result result = tg_service_wait(handle_, until, to_ns(timeout));
    return result == TG_E_TIMEOUT ? false : check(result) >= 0;
  }

  tg_service_info info() const {
    tg_service_info out = TG_INIT(tg_service_info);
    check(tg_service_info_get(handle_, &out));
    return out;
  }
  std::string_view name() const { return view(info().name); }

  /// The live sessions, `limit` at most; 0: all.
  std::vector<tg_session_info> sessions(std::uint32_t limit = 0) const {
    std::vector<tg_session_info> out;
    const auto add = [](void *list, const tg_session_info *session) {
      static_cast<std::vector<tg_session_info> *>(list)->push_back(*session);
    };
    check(tg_service_sessions(handle_, limit, add, &out));
    return out;
  }
  /// The host's text for a session; empty when it has none.
  std::string describe(const tg_session_info &session) const {
    std::string text(256, '\0');
    text.resize(
        static_cast<std::size_t>(tg_service_describe(handle_, session.ticket, session.tag, text.data(), text.size())));
    return text;
  }

 private:
  void drain(std::uint32_t intent, const DrainOptions &options) const {
    tg_drain_options abi = TG_INIT(tg_drain_options);
    abi.intent = intent;
    abi.deadline_ns = to_ns(options.deadline);
    abi.kill_grace_ns = to_ns(options.kill_grace);
    abi.actor = str(options.action.actor);
    abi.reason = str(options.action.reason);
    check(tg_service_drain(handle_, &abi));
  }

  tg_service *handle_ = nullptr;
};

}  // namespace tidegate
