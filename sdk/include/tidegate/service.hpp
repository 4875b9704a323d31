#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidegate/drain.hpp"
#include "tidegate/error.hpp"
#include "tidegate/service.h"
#include "tidegate/ticket.hpp"

namespace tidegate {

/// The answer to an admission request: a ticket, or a verdict with the reason of the refusal.
struct Admitted {
  Ticket ticket;
  tg_verdict verdict = TG_INIT(tg_verdict);

  explicit operator bool() const { return static_cast<bool>(ticket); }
};

/// A copyable handle to a service, which its Host owns; valid as long as the host. Failing calls throw Error; a refusal is no failure.
/// Threads: each function as the function of the C ABI that it calls.
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

  // Each change returns TG_OK, or TG_NOT_DURABLE when the journal could not be written. drain(), stop_gracefully() and restart() also
  // return TG_JOINED, resume() also TG_HELD; see drain.h.
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
  /// Stops now: sessions that are left are told to close.
  tg_result stop(const Action &action = {}) const {
    const tg_action abi = action.abi();
    return check(tg_service_stop(handle_, &abi));
  }
  /// Lifts the actor's hold, or all holds. Returns also TG_HELD: other actors still hold the service.
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
  /// Declares that this service needs another one: it starts after `needed` and stops before it.
  void needs(const Service &needed) const { check(tg_service_needs(handle_, needed.handle_)); }
  bool ready() const { return tg_service_ready(handle_) > 0; }

  /// Waits for a moment of the service, TG_UNTIL_*. Returns: false when `timeout` was over first.
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

  /// Returns the live sessions, `limit` at most; 0: all.
  std::vector<tg_session_info> sessions(std::uint32_t limit = 0) const { return list(tg_service_sessions, limit); }
  /// Returns the sessions that keep a drain from completing; for the order and the limit see tg_service_blockers().
  std::vector<tg_session_info> blockers(std::uint32_t limit = 0) const { return list(tg_service_blockers, limit); }
  /// Returns the server's text for a session, of at most 1,024 bytes; empty: there is none.
  std::string describe(const tg_session_info &session) const {
    std::string text(1024, '\0');
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
