#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tidegate/drain.h"
#include "tidegate/error.hpp"

namespace tidegate {

using Duration = std::chrono::nanoseconds;
/// A time of the wall clock.
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;
inline constexpr Duration kForever = Duration::max();
/// Switches an option off (TG_OFF), where zero means its default.
inline constexpr Duration kOff = Duration::max();

inline std::uint64_t to_ns(Duration duration) {
  if (duration == kForever) return TG_FOREVER;
  return duration.count() < 0 ? 0 : static_cast<std::uint64_t>(duration.count());
}

/// The actor that requests a change, the reason, and the requesting process if it is not this process; see tg_action.
struct Action {
  std::string_view actor{};
  std::string_view reason{};
  std::uint32_t peer_uid = 0;
  std::uint32_t peer_pid = 0;

  tg_action abi() const {
    tg_action out = TG_INIT(tg_action);
    write(out);
    return out;
  }
  /// Fills the actor, reason and peer of any request struct.
  template <class T>
  void write(T &out) const {
    out.actor = str(actor);
    out.reason = str(reason);
    out.peer_uid = peer_uid;
    out.peer_pid = peer_pid;
  }
};

/// Options of a drain; zero and empty members have the defaults of tg_drain_options.
struct DrainOptions {
  Duration deadline{0};
  Duration kill_grace{0};
  Action action{};
  std::uint32_t at_deadline = TG_DEADLINE_FORCE;
  std::uint32_t flags = 0;  ///< TG_DRAIN_*
  std::uint32_t hold = TG_HOLD_UNTIL_RESUME;
  Time hold_until{};
  Duration announce_min{0};
  Duration announce_max{0};
  Duration quiet{0};
  Duration notice_window{0};
  std::string_view redirect{};

  tg_drain_options abi(std::uint32_t intent) const {
    tg_drain_options out = TG_INIT(tg_drain_options);
    out.intent = intent;
    out.at_deadline = at_deadline;
    out.deadline_ns = to_ns(deadline);
    out.kill_grace_ns = to_ns(kill_grace);
    action.write(out);
    out.flags = flags;
    out.hold = hold;
    out.hold_until_unix_ns = hold_until.time_since_epoch().count();
    out.announce_min_ns = to_ns(announce_min);
    out.announce_max_ns = to_ns(announce_max);
    out.quiet_ns = to_ns(quiet);
    out.notice_window_ns = to_ns(notice_window);
    out.redirect = str(redirect);
    return out;
  }
};

/// Options of a resume; see tg_resume_options.
struct ResumeOptions {
  Action action{};
  bool all_holds = false;  ///< lift the holds of all actors
  bool no_ramp = false;    ///< open the whole limit at once

  tg_resume_options abi() const {
    tg_resume_options out = TG_INIT(tg_resume_options);
    action.write(out);
    out.all_holds = all_holds ? 1 : 0;
    out.no_ramp = no_ramp ? 1 : 0;
    return out;
  }
};

/// A hold on a service; see tg_hold_info.
struct Hold {
  std::string actor;
  std::string reason;
  std::int64_t since_unix_ns = 0;
  std::int64_t expires_unix_ns = 0;
  std::uint32_t lasts = TG_HOLD_UNTIL_RESUME;
};

/// The services `names` of a host, or all if there are no names, without `except`.
struct Selection {
  std::vector<std::string> names{};
  std::vector<std::string> except{};
};

/// Calls `fn` with the selection as a struct of the ABI. Returns: the result of `fn`.
template <class F>
auto with_abi(const Selection &selection, F &&fn) {
  std::vector<tg_str> names, except;
  for (const std::string &name : selection.names) names.push_back(str(name));
  for (const std::string &name : selection.except) except.push_back(str(name));
  tg_selection out = TG_INIT(tg_selection);
  out.names = names.data();
  out.count = names.size();
  out.except = except.data();
  out.except_count = except.size();
  return fn(&out);
}

}  // namespace tidegate
