#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidegate/drain.hpp"
#include "tidegate/error.hpp"
#include "tidegate/service.h"
#include "tidegate/ticket.hpp"

namespace tidegate {

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

  // Each returns TG_OK, or TG_NOT_DURABLE when the journal could not be written.
  tg_result start(const Action &action = {}) const {
    const tg_action abi = action.abi();
    return check(tg_service_start(handle_, &abi));
  }
  /// Stays Paused when the last session has left.
  tg_result drain(const DrainOptions &options = {}) const { return drain(TG_INTENT_STAY, options); }
  /// Stops when the last session has left.
  tg_result stop_gracefully(const DrainOptions &options = {}) const { return drain(TG_INTENT_STOP, options); }
  /// Stops when the last session has left, and starts again.
  tg_result restart(const DrainOptions &options = {}) const { return drain(TG_INTENT_RESTART, options); }
  /// Stops without waiting.
  tg_result stop(const Action &action = {}) const {
    const tg_action abi = action.abi();
    return check(tg_service_stop(handle_, &abi));
  }
  /// Returns also TG_HELD: others still hold it.
  tg_result resume(const ResumeOptions &options = {}) const {
    const tg_resume_options abi = options.abi();
    return check(tg_service_resume(handle_, &abi));
  }
  std::vector<Hold> holds() const {
    std::vector<Hold> out;
    const auto add = [](void *list, const tg_hold_info *hold) {
      static_cast<std::vector<Hold> *>(list)->push_back({std::string(view(hold->actor)), std::string(view(hold->reason)),
                                                         hold->since_unix_ns, hold->expires_unix_ns, hold->lasts});
    };
    check(tg_service_holds(handle_, add, &out));
    return out;
  }
  /// Says that it needs another: it starts after that, and stops before it.
  void needs(const Service &needed) const { check(tg_service_needs(handle_, needed.handle_)); }
  bool ready() const { return tg_service_ready(handle_) > 0; }

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
  std::vector<tg_session_info> sessions(std::uint32_t limit = 0) const { return list(tg_service_sessions, limit); }
  /// Returns the sessions that keep a drain from completing; for the order see tg_service_blockers().
  std::vector<tg_session_info> blockers(std::uint32_t limit = 0) const { return list(tg_service_blockers, limit); }
  /// The host's text for a session; empty when it has none.
  std::string describe(const tg_session_info &session) const {
    std::string text(256, '\0');
    text.resize(
        static_cast<std::size_t>(tg_service_describe(handle_, session.ticket, session.tag, text.data(), text.size())));
    return text;
  }

 private:
  tg_result drain(std::uint32_t intent, const DrainOptions &options) const {
    const tg_drain_options abi = options.abi(intent);
    return check(tg_service_drain(handle_, &abi));
  }
  std::vector<tg_session_info> list(tg_result (*call)(tg_service *, std::uint32_t, tg_session_fn, void *),
                                    std::uint32_t limit) const {
    std::vector<tg_session_info> out;
    const auto add = [](void *list, const tg_session_info *session) {
      static_cast<std::vector<tg_session_info> *>(list)->push_back(*session);
    };
    check(call(handle_, limit, add, &out));
    return out;
  }

  tg_service *handle_ = nullptr;
};

}  // namespace tidegate
